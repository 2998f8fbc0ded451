import type { Deadlines } from '../domain/settings.js';
import { HungCall } from './failure.js';

/** What a file may take for each megabyte beyond its deadline, in milliseconds. */
const perMegabyte = 1_000;

/**
 * The answer to a call, or HungCall after `ms` milliseconds without one. The call itself cannot be cancelled: what
 * it brings later goes to `late`.
 */
export async function answered<T>(
  call: Promise<T>,
  ms: number,
  what: string,
  late: (value: T) => void = () => {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let hung = false;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      hung = true;
      reject(new HungCall(what, ms));
    }, ms);
  });
  call.then(
    (value) => hung && late(value),
    () => {},
  );
  try {
    return await Promise.race([call, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds that reading a file of this size may take in all. */
export function fileDeadline({ file }: Deadlines, bytes: number): number {
  return file + (bytes / 1e6) * perMegabyte;
}
