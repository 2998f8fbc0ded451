import { basename, dirname, posix, resolve, sep } from 'node:path';
import fastGlob from 'fast-glob';
import { type DatedFolders, datedFolders, datedGlob, isDated } from './dated.js';
import { answered } from './deadline.js';
import { HungCall } from './failure.js';
import type { Reach } from './read.js';

/** A root taken apart: a folder that is scanned and the globs that choose among its files. */
export interface ScanTarget {
  /** Absolute; paths of files are relative to it. */
  readonly folder: string;
  /** Relative to the folder; null: every file of a known format. */
  readonly patterns: readonly string[] | null;
  /** True when the root names one file. */
  readonly single: boolean;
  /** The folders below it that are named by dates. */
  readonly dated: DatedFolders | null;
}

/**
 * Takes an absolute root apart. A root that exists under its literal name is that folder or file, whatever
 * characters are in it, or what it leads to as a symbolic link; otherwise what follows `fixed`, the part before its first glob character or `{`, chooses among
 * the files and folders. Throws HungCall when the root does not answer.
 */
export async function scanTarget(root: string, fixed: string, reach: Reach): Promise<ScanTarget> {
  const kind = await kindOf(root, reach);
  return kind === 'file' ? fileTarget(await unlinked(root, reach)) : targetOf(root, fixed, kind);
}

function fileTarget(path: string): ScanTarget {
  const patterns = [fastGlob.escapePath(basename(path))];
  return { folder: dirname(path), patterns, single: true, dated: null };
}

/** The file that a path names, which may be a symbolic link to it. */
async function unlinked(path: string, reach: Reach): Promise<string> {
  return (await ask(reach, 'lstat', path)).isSymbolicLink() ? resolvedPath(path, reach) : path;
}

function targetOf(root: string, fixed: string, kind: 'folder' | 'none'): ScanTarget {
  const whole = { folder: root, patterns: null, single: false, dated: null };
  if (kind === 'folder' || fixed === root) return whole;
  const parts = root
    .slice(fixed.length)
    .split(sep)
    .filter((part) => part !== '');
  if (!parts.some(isDated)) return { ...whole, folder: fixed, patterns: [posix.join(...parts)] };
  const dated = datedFolders(parts);
  const patterns = dated.depth < parts.length ? [parts.map(datedGlob).join('/')] : null;
  return { ...whole, folder: fixed, patterns, dated };
}

async function kindOf(path: string, reach: Reach): Promise<'file' | 'folder' | 'none'> {
  try {
    return (await ask(reach, 'stat', path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (error instanceof HungCall) throw error;
    return 'none';
  }
}

/**
 * A path whose existing part has its symbolic links resolved; what does not exist, or cannot be entered, is appended.
 * Throws HungCall when it does not answer.
 */
export async function resolvedPath(path: string, reach: Reach): Promise<string> {
  try {
    return await ask(reach, 'realpath', path);
  } catch (error) {
    const parent = dirname(path);
    if (error instanceof HungCall) throw error;
    if (parent === path) return path;
    return resolve(await resolvedPath(parent, reach), path.slice(parent.length).replace(/^[/\\]+/, ''));
  }
}

/** One call about a path, within its deadline. */
export async function ask<Name extends 'stat' | 'lstat' | 'realpath' | 'readdir' | 'probe'>(
  { calls, deadlines }: Reach,
  name: Name,
  path: string,
): Promise<Awaited<ReturnType<Reach['calls'][Name]>>> {
  const answer = calls[name](path) as Promise<Awaited<ReturnType<Reach['calls'][Name]>>>;
  return answer instanceof Promise ? answered(answer, deadlines.metadata, `${name} ${path}`) : answer;
}
