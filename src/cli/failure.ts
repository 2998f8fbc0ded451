import { spawn } from 'node:child_process';

/** Milliseconds that the command may take. */
const patienceMs = 30_000;

/**
 * Runs a command line by the shell, with `input` on its stdin and its output on our stderr. Resolves with what went
 * wrong with it, or null.
 */
export function runFailureCommand(
  command: string,
  input: string,
  variables: Readonly<Record<string, string>>,
): Promise<string | null> {
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 2, 2],
    env: { ...process.env, ...variables },
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve('it did not end within 30 s');
    }, patienceMs);
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : `it ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}
