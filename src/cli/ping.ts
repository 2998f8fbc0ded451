import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Milliseconds after which nobody waits for the server any more. */
const patienceMs = 3000;
/** A process needs some time to start and to say why it failed. */
const graceMs = 1000;

/** `<url>/<word>`; what follows a `?` stays behind it. */
export function pingAddress(url: string, word: string): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/${word}`;
  return address.href;
}

/**
 * Posts `body` to an address from a process of its own: a name server that does not answer holds up whoever asked it,
 * and nothing may hold up a run. Resolves after four seconds at the latest with why it failed, or null.
 */
export function ping(address: string, body: string): Promise<string | null> {
  const script = fileURLToPath(new URL('./pinger.js', import.meta.url));
  const child = spawn(process.execPath, [script, address, String(patienceMs)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // A Ctrl-C at the terminal is for the run.
    detached: true,
  });
  let why = '';
  child.stderr.on('data', (chunk: Buffer) => {
    why += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(body);
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs + graceMs);
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : why || 'it did not answer in time');
    });
  });
}
