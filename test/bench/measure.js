import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds between two looks at the memory of a command. */
const lookEvery = 40;
/** Ticks of the processor in a second, as Linux counts them in /proc. */
const ticks = 100;

/**
 * What a command took: seconds by the clock; seconds of processor, its own and those of all it started; the most bytes
 * that all its processes held at once. What the system does not tell is NaN.
 * @typedef {{ seconds: number, cpu: number, memory: number, stdout: string }} Cost
 */

/**
 * Runs a command to its end. Rejects when it ends with another exit code than one of `codes`. One at a time: the processor's seconds are all that this process's
 * children have used meanwhile.
 * @param {{ program: string, args: string[], input?: string, env?: object, cwd?: string, codes?: number[] }} command
 * @returns {Promise<Cost>}
 */
export async function measured({ program, args, input = '', env = {}, cwd, codes = [0] }) {
  const before = childTicks();
  const started = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === '' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text;
    });
  // A program that ends before it has read all says so by its exit code.
  child.stdin?.on('error', () => {}).end(input);
  let memory = Number.NaN;
  const looking = setInterval(() => {
    memory = larger(memory, heldBytes(child.pid));
  }, lookEvery);
  const { code, signal } = await ended(child).finally(() => clearInterval(looking));
  const seconds = (performance.now() - started) / 1000;
  if (!codes.includes(code)) {
    throw new Error(
      `${program} ${args.slice(0, 9).join(' ')}\nended with ${code ?? signal}:\n${said.stderr}`,
    );
  }
  return { seconds, cpu: (childTicks() - before) / ticks, memory, stdout: said.stdout };
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function larger(a, b) {
  return a >= b || Number.isNaN(b) ? a : b;
}

/** Of all children that have ended, and theirs. */
function childTicks() {
  const fields = procFile('self/stat').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[13]) + Number(fields[14]);
}

/** Resident bytes of a process and all below it; pages that two of them share count twice. */
function heldBytes(pid) {
  const own = Number(/^VmRSS:\s+(\d+) kB$/m.exec(procFile(`${pid}/status`))?.[1]) * 1024;
  return childrenOf(pid).reduce((sum, child) => sum + (heldBytes(child) || 0), own);
}

function childrenOf(pid) {
  return tasksOf(pid).flatMap((task) => procFile(`${pid}/task/${task}/children`).split(' ').filter(Boolean));
}

function tasksOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when there is no such file, as of a process that has ended or on another system than Linux. */
function procFile(name) {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return '';
  }
}
