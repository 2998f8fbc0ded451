import { lstatSync, statSync } from 'node:fs';
import { basename, dirname, posix, sep } from 'node:path';
import fastGlob from 'fast-glob';
import { systemCode } from '../domain/errors.js';

/** A root taken apart: a folder that is scanned and the globs that choose among its files. */
export interface ScanTarget {
  /** Absolute; paths of files are relative to it. */
  readonly folder: string;
  /** Relative to the folder; null: every file of a known format. */
  readonly patterns: readonly string[] | null;
  /** True when the root names one file. */
  readonly single: boolean;
}

/**
 * Takes an absolute root apart. A root that exists under its literal name is that folder or file, whatever
 * characters are in it; otherwise what follows `fixed`, the part before its first glob character, is a glob.
 */
export function scanTarget(root: string, fixed: string): ScanTarget {
  const kind = kindOf(root);
  if (kind === 'file') {
    const pattern = fastGlob.escapePath(basename(root));
    return { folder: dirname(root), patterns: [pattern], single: true };
  }
  if (kind === 'folder' || fixed === root) return { folder: root, patterns: null, single: false };
  const rest = root
    .slice(fixed.length)
    .split(sep)
    .filter((part) => part !== '');
  return { folder: fixed, patterns: [posix.join(...rest)], single: false };
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'none';
  }
}

/** Why a folder cannot be scanned, in words, or null if it can. Its first listing is the proof. */
export function whyUnreachable(folder: string): string | null {
  try {
    const entry = statSync(folder);
    return entry.isDirectory() ? null : 'it is not a folder';
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      return danglingLink(folder) ? 'its link leads nowhere' : 'it does not exist';
    return `it cannot be read (${systemCode(error)})`;
  }
}

function danglingLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
