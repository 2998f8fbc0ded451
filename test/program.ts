import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { FileEvent, RunEvent, Summary } from '../src/domain/event.ts';

const program = fileURLToPath(new URL('../bin/ingest.js', import.meta.url));
const hourMs = 3_600_000;
const hasGroups = process.platform !== 'win32';

/** What a finished run of the program left behind. */
export interface Run {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Each line of stdout as JSON; throws when a line is not JSON. */
  readonly lines: RunEvent[];
  /** The `file` lines. */
  readonly files: FileEvent[];
  /** The `summary` line, which must be the last. */
  readonly summary: Summary;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the program has ended and nothing that it started has its output open any more. */
  readonly done: Promise<Run>;
  /** Sends a signal to the program and all it started at once, as a terminal does and a machine that dies. */
  signalAll(name: NodeJS.Signals): void;
}

/** A temporary folder in which the built program runs. */
export interface Workdir {
  readonly root: string;
  /** `<root>/ingest.db`, the program's default here since it runs with `root` as its working folder. */
  readonly db: string;
  /** The absolute path of a place in the folder. */
  path(...parts: string[]): string;
  /**
   * Writes a file and the folders above it; returns its absolute path. Without `mtime` the file is an hour old
   * and a millisecond newer than the one written before, so nothing waits for the settle time.
   */
  write(path: string, content: string | Uint8Array, mtime?: Date): string;
  /** Copies a folder to `to`; the copies get the same mtimes as written files. Returns the absolute path. */
  copy(folder: string, to: string): string;
  /** Runs `ingest` to its end. Nothing of the user's own settings reaches it. */
  ingest(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run>;
  /** Starts `ingest` without waiting, to send it a signal or to look on. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** The result of a query on the database as objects; the connection is closed afterwards. */
  rows<T = Record<string, unknown>>(sql: string, ...parameters: unknown[]): T[];
  /** Ends what still runs and deletes the folder. Happens by itself when the test is over. */
  remove(): void;
}

/**
 * Makes a folder for one test; call it inside the test, not in a hook. The program must have been built
 * (`npm run build`).
 */
export function workdir(): Workdir {
  const root = mkdtempSync(join(tmpdir(), 'ingest-test-'));
  const runs = new Set<Running>();
  const place = (...parts: string[]) => join(root, ...parts);
  const age = ager();
  const dir: Workdir = {
    root,
    db: place('ingest.db'),
    path: place,
    write(path, content, mtime) {
      const target = place(path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
      age(target, mtime);
      return target;
    },
    copy(folder, to) {
      const target = place(to);
      cpSync(folder, target, { recursive: true });
      for (const file of filesIn(target)) age(file);
      return target;
    },
    ingest: (args, env) => dir.start(args, env).done,
    start(args, env = {}) {
      const running = startIn(root, args, env);
      runs.add(running);
      running.child.once('close', () => runs.delete(running));
      return running;
    },
    rows: (sql, ...parameters) => query(dir.db, sql, parameters),
    remove() {
      for (const running of runs) running.signalAll('SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  // A hundred thousand files take their time.
  onTestFinished(() => dir.remove(), 60_000);
  return dir;
}

/** Sets mtimes: the one given, or an hour back and newer at every call. */
function ager(): (file: string, mtime?: Date) => void {
  let next = Date.now() - hourMs;
  return (file, mtime = new Date(next++)) => utimesSync(file, mtime, mtime);
}

/** All files below a folder, in path order. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function startIn(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...cleanEnvironment(), XDG_CONFIG_HOME: join(cwd, '.config'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own; on Windows it would be a window.
    detached: hasGroups,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const done = new Promise<Run>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(finished(code, signal, Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString())),
    );
  });
  return { child, done, signalAll: (name) => signalGroup(child, name) };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (!hasGroups || child.pid === undefined) {
    child.kill(name);
    return;
  }
  try {
    process.kill(-child.pid, name);
  } catch {
    // All of them have ended.
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INGEST_')));
}

function finished(code: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string): Run {
  return {
    code,
    signal,
    stdout,
    stderr,
    get lines(): RunEvent[] {
      const texts = stdout.split('\n').filter((line) => line !== '');
      return texts.map((line) => JSON.parse(line) as RunEvent);
    },
    get files(): FileEvent[] {
      return this.lines.filter((line) => line.type === 'file');
    },
    get summary(): Summary {
      const last = this.lines.at(-1);
      if (last?.type === 'summary') return last;
      throw new Error(`no summary line; exit code ${code}, stderr:\n${stderr}`);
    },
  };
}

function query<T>(db: string, sql: string, parameters: readonly unknown[]): T[] {
  const connection = new Database(db, { readonly: true, fileMustExist: true });
  try {
    return connection.prepare(sql).all(...parameters) as T[];
  } finally {
    connection.close();
  }
}
