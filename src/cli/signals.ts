import { ExitCode } from '../domain/errors.js';

/** A signal that ends a run in good order; a second one ends the program at once. */
export interface Interrupt {
  /** Aborted with the exit code as reason. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

const exitCodes = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

/** Listens to SIGINT and SIGTERM until disposed. */
export function listenToSignals(): Interrupt {
  const controller = new AbortController();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      if (controller.signal.aborted) process.exit(exitCodes[name]);
      controller.abort(exitCodes[name]);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    dispose: () => {
      for (const remove of listeners) remove();
    },
  };
}
