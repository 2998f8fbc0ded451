import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, IngestError, messageOf } from '../domain/errors.js';
import { lanes } from './decode.js';
import type { Parcel } from './job.js';
import { type PackedResult, packed } from './packed.js';
import { parseParcel } from './parcel.js';
import { help, ThreadCrew } from './threadCrew.js';

/** What a thread is told: to parse a parcel; that another helps it; to help another. */
export type WorkerOrder =
  | { readonly parcel: Parcel }
  | { readonly helper: MessagePort }
  | { readonly help: MessagePort };

/** What a thread says: what became of a parcel, for which an Error would lose its code on the way; whether it can use help; that its help is over. */
export type WorkerAnswer =
  | { readonly result: PackedResult }
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    }
  | { readonly wantsHelp: boolean }
  | { readonly helped: true };

/** Shared with the pool; 1 when the thread is to stop. */
const stop: Int32Array = workerData;

const say = (answer: WorkerAnswer) => parentPort?.postMessage(answer);
const crew = new ThreadCrew((wantsHelp) => say({ wantsHelp }));

parentPort?.on('message', async (order: WorkerOrder) => {
  if ('parcel' in order) say(await answer(order.parcel));
  else if ('helper' in order) crew.add(order.helper);
  else help(order.help, lanes, () => say({ helped: true }));
});

async function answer(parcel: Parcel): Promise<WorkerAnswer> {
  try {
    return { result: packed(await parseParcel(parcel, () => Atomics.load(stop, 0) === 1, { crew })) };
  } catch (error) {
    if (error instanceof IngestError) {
      return { error: { code: error.code, message: error.message, hint: error.hint } };
    }
    return { error: { code: 'internal', message: messageOf(error), hint: undefined } };
  }
}
