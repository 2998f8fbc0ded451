import { type Dirent, lstatSync, promises, readdir } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import pLimit from 'p-limit';
import picomatch from 'picomatch';
import { systemCode } from '../domain/errors.js';
import type { SourceFile } from '../domain/file.js';
import {
  decodeName,
  escapeLineEnds,
  isUndecodable,
  pathBytes,
  printableName,
  unescapeLineEnds,
} from './fileName.js';
import { asFingerprint } from './read.js';

export interface ScanRequest {
  readonly source: string;
  /** Absolute. */
  readonly folder: string;
  /** Relative to the folder; null: every file of a known format. */
  readonly patterns: readonly string[] | null;
  readonly exclude: readonly string[];
  /** Status requests in flight; 1 asks synchronously, which is fastest on a local disk. */
  readonly concurrency: number;
}

/** Where a scan finds things. Called in no particular order. */
export interface ScanListener {
  file(file: SourceFile): void;
  /** A file whose name is not UTF-8; `path` has the bytes in hex. */
  undecodable(path: string): void;
  /** A file that was listed but was gone a moment later. */
  vanished(path: string): void;
}

export interface ScanReport {
  /** Folders and files that could not be looked at. A scan that has any is incomplete. */
  readonly errors: readonly { readonly path: string; readonly code: string }[];
  /** Symbolic links below the root, which are not followed. */
  readonly links: readonly string[];
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
): (path: string) => boolean {
  const included = matcher(patterns ?? knownFormats);
  const ignored = matcher([...temporaryNames, ...exclude]);
  // A folder that matches is not descended into.
  return (path) => included(path) && !foldersOf(path).some(ignored) && !ignored(path);
}

/** The folders a relative path lies in: `a`, `a/b` for `a/b/c.csv`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/**
 * Finds the files of a root with their fingerprints. fast-glob gives the names; a folder that cannot be listed is
 * recorded instead of ending the scan, and each file costs one `lstat`. Never throws for what lies on the share.
 */
export async function scan(request: ScanRequest, listener: ScanListener): Promise<ScanReport> {
  const report = { errors: [] as { path: string; code: string }[], links: [] as string[] };
  const names = fastGlob.stream((request.patterns ?? knownFormats).map(escapeLineEnds), {
    cwd: escapeLineEnds(request.folder),
    ignore: [...temporaryNames, ...request.exclude.map(escapeLineEnds)],
    caseSensitiveMatch: false,
    followSymbolicLinks: false,
    stats: false,
    suppressErrors: false,
    fs: { readdir: recordingReaddir(report) as unknown as typeof readdir },
  }) as AsyncIterable<string>;
  if (request.concurrency === 1) {
    for await (const name of names) {
      const path = unescapeLineEnds(name);
      lookAt(request, path, listener, report.errors, statNow(request, path));
    }
    return report;
  }
  await lookConcurrently(request, names, listener, report.errors);
  return report;
}

type Looked = { size: bigint; mtimeNs: bigint; isFile(): boolean } | { error: unknown };

async function lookConcurrently(
  request: ScanRequest,
  names: AsyncIterable<string>,
  listener: ScanListener,
  errors: { path: string; code: string }[],
): Promise<void> {
  const limit = pLimit(request.concurrency);
  let flight: Promise<void>[] = [];
  for await (const name of names) {
    const path = unescapeLineEnds(name);
    flight.push(limit(async () => lookAt(request, path, listener, errors, await statLater(request, path))));
    // Wait now and then, so that a large folder does not become a queue of a million closures.
    if (flight.length >= request.concurrency * 64) {
      await Promise.all(flight);
      flight = [];
    }
  }
  await Promise.all(flight);
}

function statNow(request: ScanRequest, path: string): Looked {
  try {
    return lstatSync(pathBytes(join(request.folder, path)), { bigint: true });
  } catch (error) {
    return { error };
  }
}

async function statLater(request: ScanRequest, path: string): Promise<Looked> {
  try {
    return await promises.lstat(pathBytes(join(request.folder, path)), { bigint: true });
  } catch (error) {
    return { error };
  }
}

function lookAt(
  request: ScanRequest,
  path: string,
  listener: ScanListener,
  errors: { path: string; code: string }[],
  looked: Looked,
): void {
  if ('error' in looked) {
    if (systemCode(looked.error) === 'ENOENT') listener.vanished(printableName(path));
    else errors.push({ path: printableName(path), code: systemCode(looked.error) });
  } else if (isUndecodable(path)) {
    listener.undecodable(printableName(path));
  } else if (looked.isFile()) {
    const absolutePath = join(request.folder, path);
    listener.file({ source: request.source, path, absolutePath, ...asFingerprint(looked) });
  }
}

type ReaddirCallback = (error: Error | null, entries: Dirent[]) => void;

/** fast-glob's way to list a folder; errors and links are recorded, undecodable names are kept apart. */
function recordingReaddir(report: { errors: { path: string; code: string }[]; links: string[] }) {
  return (name: string, _options: unknown, callback: ReaddirCallback): void => {
    const folder = unescapeLineEnds(name);
    readdir(pathBytes(folder), { withFileTypes: true }, (error, entries) => {
      if (error) {
        report.errors.push({ path: printableName(folder), code: systemCode(error) });
        callback(null, []);
        return;
      }
      for (const entry of entries) {
        const hidden = entry.name.startsWith('.');
        if (entry.isSymbolicLink() && !hidden) report.links.push(join(folder, entry.name));
      }
      if (entries.some((entry) => entry.name.includes('\uFFFD'))) listByBytes(folder, callback);
      else callback(null, entries.map(withEscapedName));
    });
  };
}

function listByBytes(folder: string, callback: ReaddirCallback): void {
  readdir(pathBytes(folder), { withFileTypes: true, encoding: 'buffer' }, (error, entries) => {
    if (error) callback(null, []);
    else
      callback(
        null,
        entries.map((entry) => renamed(entry, escapeLineEnds(decodeName(entry.name)))),
      );
  });
}

function withEscapedName(entry: Dirent): Dirent {
  const name = escapeLineEnds(entry.name);
  return name === entry.name ? entry : renamed(entry, name);
}

function renamed(entry: Dirent | Dirent<Buffer>, name: string): Dirent {
  return Object.create(entry, { name: { value: name } }) as Dirent;
}
