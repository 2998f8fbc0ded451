import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, IngestError, messageOf } from '../domain/errors.js';
import type { Parcel } from './job.js';
import { type PackedResult, packed } from './packed.js';
import { parseParcel } from './parcel.js';

/** A thread's answer to a parcel; an Error would lose its code on the way. */
export type WorkerAnswer =
  | { readonly result: PackedResult }
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    };

/** Shared with the pool; 1 when the thread is to stop. */
const stop: Int32Array = workerData;

parentPort?.on('message', async (parcel: Parcel) => {
  parentPort?.postMessage(await answer(parcel));
});

async function answer(parcel: Parcel): Promise<WorkerAnswer> {
  try {
    return { result: packed(await parseParcel(parcel, () => Atomics.load(stop, 0) === 1)) };
  } catch (error) {
    if (error instanceof IngestError) {
      return { error: { code: error.code, message: error.message, hint: error.hint } };
    }
    return { error: { code: 'internal', message: messageOf(error), hint: undefined } };
  }
}
