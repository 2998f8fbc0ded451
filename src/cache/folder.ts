import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../domain/errors.js';

/** Files that a folder may have before it becomes a cache: hidden ones, and what a new disk has. */
const harmless = /^(\..*|lost\+found)$/;

/** Whether a name is one that the cache gives to a segment; no other file of the folder is ever taken for one. */
export function isSegment(name: string): boolean {
  return /^ingest-[0-9a-z]+-[0-9]+-[0-9]+\.segment$/.test(name);
}

let made = 0;

/** A name that no segment has had. */
export function newSegmentName(): string {
  made += 1;
  return `ingest-${Date.now().toString(36)}-${process.pid}-${made}.segment`;
}

export function directoryPath(folder: string): string {
  return join(folder, 'ingest-cache.db');
}

/** What the lock of a cache is on; the file lies in the folder, since there may be no right to write beside it. */
export function lockedPath(folder: string): string {
  return join(folder, 'ingest-cache');
}

/**
 * Makes the folder of a cache. Throws what the system throws, and for a folder of somebody else's: one that has files
 * but no directory.
 */
export function makeFolder(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) throw new Error('it is not a folder');
  if (stat && !existsSync(directoryPath(folder))) {
    const stranger = readdirSync(folder).find((name) => !harmless.test(name) && !isOurs(name));
    if (stranger !== undefined)
      throw new Error(`the folder is not empty, and not a cache: ${stranger} is in it`);
  }
  makePath(folder);
}

/** Makes a folder and those above it. Node's own way never ends below /proc, where a folder cannot be made for ENOENT. */
function makePath(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    if (systemCode(error) !== 'ENOENT' || existsSync(dirname(folder))) throw error;
    makePath(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

/** Removes all that a cache makes in its folder but the lock, and nothing else; returns the bytes. */
export function emptyFolder(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder).filter((name) => isSegment(name) || isDirectory(name))) {
    const path = join(folder, name);
    bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    rmSync(path, { force: true });
  }
  return bytes;
}

/** Removes the folder if nothing is left in it. */
export function removeFolder(folder: string): void {
  if (existsSync(folder) && namesIn(folder).length === 0) rmdirSync(folder);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function isDirectory(name: string): boolean {
  return /^ingest-cache\.db(-wal|-shm|-journal)?$/.test(name);
}

function isOurs(name: string): boolean {
  return isSegment(name) || isDirectory(name) || /^ingest-cache\.lock(-journal)?$/.test(name);
}
