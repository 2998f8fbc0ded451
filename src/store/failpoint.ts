/** Places in a commit at which a crash test ends the process, by `INGEST_FAILPOINT=<name>[:<n-th time>]`. */
export type Failpoint =
  | 'after-attach'
  | 'after-remove'
  | 'after-admit'
  | 'after-place'
  | 'before-commit'
  | 'after-commit'
  | 'before-finish';

const [wanted, times] = (process.env.INGEST_FAILPOINT ?? '').split(':');
let left = Number(times ?? 1);

/** Kills the process without any clean-up when this is the named point of the named time. */
export function failpoint(name: Failpoint): void {
  if (name !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
