import type { BigIntStats, Dirent, readdir } from 'node:fs';
import { join, sep } from 'node:path';
import fastGlob from 'fast-glob';
import pLimit from 'p-limit';
import picomatch from 'picomatch';
import type { SourceFile } from '../domain/file.js';
import { asFingerprint } from './calls.js';
import type { DatedFolders } from './dated.js';
import { checkDevice, failureClass, failureName, SourceDown } from './failure.js';
import { escapeLineEnds, isUndecodable, printableName, unescapeLineEnds } from './fileName.js';
import { type CallsInFlight, Flight } from './inFlight.js';
import { FolderLister } from './list.js';
import { Breaker, type Patience, patiently } from './patience.js';
import type { Reach } from './read.js';
import { ask } from './root.js';
import { emptyReport, type ScanReport, type ScanRequest } from './scanReport.js';
import type { System } from './system.js';

/** Where a scan finds things. Called in no particular order. */
export interface ScanListener {
  file(file: SourceFile): void;
  /** A file whose name is not UTF-8; `path` has the bytes in hex. */
  undecodable(path: string): void;
  /** A file that was listed but was gone a moment later. */
  vanished(path: string): void;
}

/** Files that are never seen: temporary names of copying programs, editors and offices. */
const temporaryNames = ['**/*.tmp', '**/*.part', '**/*.filepart', '**/~$*'];

const knownFormats = [
  '**/*.{csv,tsv,json,ndjson,jsonl,geojson}',
  '**/*.{csv,tsv,json,ndjson,jsonl,geojson}.gz',
];

/** Whether a relative path matches one of the globs, as the scan would have it. */
export function matcher(globs: readonly string[]): (path: string) => boolean {
  // Without the flag `s` a `*` would not match a line end in a name.
  return picomatch([...globs], { flags: 'is' });
}

/** Whether a scan with these patterns would find a file of this relative path. */
export function chooser(
  patterns: readonly string[] | null,
  exclude: readonly string[],
  dated: DatedFolders | null,
): (path: string) => boolean {
  const included = matcher(patterns ?? knownFormats);
  const ignored = matcher([...temporaryNames, ...exclude]);
  const inDated = (path: string) => dated === null || dated.holds(path);
  // A folder that matches is not descended into.
  return (path) => included(path) && !foldersOf(path).some(ignored) && !ignored(path) && inDated(path);
}

/** The folders a relative path lies in: `a`, `a/b` for `a/b/c.csv`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Why a scan with these patterns passes a file of this relative path over. */
export type PassedOver =
  | 'temporary'
  | 'hidden'
  | 'excluded'
  | 'not_dated'
  | 'unknown_ending'
  | 'not_included';

/** Why a scan would never find a file of this relative path, or null if it would. */
export function whyPassedOver(
  path: string,
  patterns: readonly string[] | null,
  exclude: readonly string[],
  dated: DatedFolders | null,
): PassedOver | null {
  if (chooser(patterns, exclude, dated)(path)) return null;
  const matches = (globs: readonly string[]) => picomatch([...globs], { nocase: true, dot: true })(path);
  if (path.split('/').some((part) => part.startsWith('.'))) return 'hidden';
  if (matches(temporaryNames)) return 'temporary';
  if (exclude.length > 0 && matches(exclude)) return 'excluded';
  if (dated !== null && !dated.holds(path)) return 'not_dated';
  return patterns === null ? 'unknown_ending' : 'not_included';
}

/**
 * Finds the files of a root with their fingerprints. fast-glob gives the names; a folder that cannot be listed is
 * recorded instead of ending the scan, and each file costs one `lstat`. Throws what the listener throws, never for
 * what lies on the share.
 */
export async function scan(
  request: ScanRequest,
  listener: ScanListener,
  system: System,
): Promise<ScanReport> {
  return new Scan(request, listener, system).run();
}

/** Calls to fast-glob in one scan at most. They take turns, for its stream reads ahead without bound. */
const maxTurns = 16;
/** Turns at a time where an answer takes a while: one alone keeps few calls in flight when it begins and ends. */
const networkTurns = 4;
const oneByOne: CallsInFlight = { first: 1, most: 1 };
/** Looks of a turn that are begun or queued. */
const maxQueued = 1024;

class Scan {
  readonly #report = emptyReport();
  readonly #flight: Flight;
  readonly #isLocal: boolean;
  readonly #reach: Reach;
  readonly #patience: Patience;
  readonly #lister: FolderLister;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    readonly request: ScanRequest,
    readonly listener: ScanListener,
    system: System,
  ) {
    this.#isLocal = request.access === 'local';
    this.#flight = new Flight(this.#isLocal ? oneByOne : request.inFlight);
    this.#reach = { calls: system.calls(request.access), deadlines: request.deadlines };
    const crowded = () => this.#flight.halve();
    this.#patience = { breaker: new Breaker(), pause: (ms) => system.pause(ms), crowded };
    this.#lister = new FolderLister(request, this.#reach, this.#patience, this.#report);
  }

  async run(): Promise<ScanReport> {
    const top = await this.#lister.list('');
    const inTurn = pLimit(this.#isLocal ? 1 : networkTurns);
    await inTurn.map(turns(top), async (turn) => {
      if (!this.#isOver()) await this.#take(turn);
    });
    if (this.#failure) throw this.#failure.error;
    this.#report.down = this.#patience.breaker.why;
    return this.#report;
  }

  #isOver(): boolean {
    return this.#failure !== null || this.#patience.breaker.why !== null;
  }

  /** Looks at all files in and below some entries of the root. */
  async #take(turn: readonly Dirent[]): Promise<void> {
    let looks: Promise<void>[] = [];
    for await (const name of this.#names(turn)) {
      const path = unescapeLineEnds(name);
      if (this.#isLocal && this.#lookNow(path)) continue;
      looks.push(this.#flight.inTurn(() => this.#look(path)));
      // Wait now and then, so that a large folder does not become a queue of a million closures.
      if (looks.length >= maxQueued) {
        await Promise.all(looks);
        looks = [];
      }
      if (this.#failure) break;
    }
    await Promise.all(looks);
  }

  #names(turn: readonly Dirent[]): AsyncIterable<string> {
    const { folder, patterns, exclude, inFlight } = this.request;
    return fastGlob.stream((patterns ?? knownFormats).map(escapeLineEnds), {
      cwd: escapeLineEnds(folder),
      ignore: [...temporaryNames, ...exclude.map(escapeLineEnds)],
      caseSensitiveMatch: false,
      followSymbolicLinks: false,
      stats: false,
      suppressErrors: false,
      ...(this.#isLocal ? {} : { concurrency: inFlight.most }),
      fs: { readdir: this.#readdir(turn) as unknown as typeof readdir },
    }) as AsyncIterable<string>;
  }

  /** fast-glob's way to list a folder: it sees of the root only the entries whose turn it is. */
  #readdir(turn: readonly Dirent[]) {
    const names = new Set(turn.map((entry) => entry.name));
    return (escaped: string, _: unknown, callback: (error: null, entries: Dirent[]) => void): void => {
      const path = unescapeLineEnds(escaped);
      const folder = path.slice(this.request.folder.length).split(sep).filter(Boolean).join('/');
      const answer = (entries: readonly Dirent[]) => callback(null, entries.map(withEscapedName));
      if (folder === '') answer(turn);
      else if (!names.has(folder.split('/')[0] ?? '')) answer([]);
      else void this.#list(folder).then(answer);
    };
  }

  /** Over a network, listings and looks at files are bounded together. */
  #list(folder: string): Promise<Dirent[]> {
    const list = () => this.#lister.list(folder);
    return this.#isLocal ? list() : this.#flight.inTurn(list);
  }

  /** Looks at a file without waiting; false if it needs patience. */
  #lookNow(path: string): boolean {
    try {
      const absolute = join(this.request.folder, path);
      const looked = this.#reach.calls.lstat(absolute);
      if (looked instanceof Promise) throw new Error('a local call answers at once');
      this.#found(path, looked);
      return true;
    } catch {
      return this.#failure !== null;
    }
  }

  async #look(path: string): Promise<void> {
    try {
      const absolute = join(this.request.folder, path);
      this.#found(path, await patiently(() => this.#entryAt(absolute), this.#patience));
    } catch (error) {
      if (failureClass(error) === 'gone') this.#tell(() => this.listener.vanished(printableName(path)));
      else if (!(error instanceof SourceDown)) {
        this.#report.errors.push({ path: printableName(path), code: failureName(error) });
      }
    }
  }

  async #entryAt(absolute: string): Promise<BigIntStats> {
    const entry = await this.#flight.timed(() => ask(this.#reach, 'lstat', absolute));
    checkDevice(entry.dev, absolute, this.request.hidden);
    return entry;
  }

  #found(path: string, entry: BigIntStats): void {
    if (isUndecodable(path)) this.#tell(() => this.listener.undecodable(printableName(path)));
    else if (entry.isFile()) {
      const { source } = this.request;
      const { size, mtimeNs } = asFingerprint(entry);
      this.#tell(() => this.listener.file({ source, path, size, mtimeNs }));
    }
  }

  /** What the listener throws ends the scan, not the look at one file. */
  #tell(word: () => void): void {
    try {
      word();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}

/** An entry in whose name a glob takes every character for what it is. */
function withEscapedName(entry: Dirent): Dirent {
  const name = escapeLineEnds(entry.name);
  return name === entry.name ? entry : (Object.create(entry, { name: { value: name } }) as Dirent);
}

/** The entries of a root in turns: its files, then its folders, some at a time. */
function turns(top: readonly Dirent[]): Dirent[][] {
  const folders = top.filter((entry) => entry.isDirectory());
  const files = top.filter((entry) => !entry.isDirectory());
  const size = Math.ceil(folders.length / maxTurns);
  const cut = files.length > 0 ? [files] : [];
  for (let at = 0; at < folders.length; at += size) cut.push(folders.slice(at, at + size));
  return cut;
}
