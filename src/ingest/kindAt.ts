import type { Reach } from '../share/read.js';
import { ask } from '../share/root.js';

/** What lies at a path, itself and not what it leads to; null when nothing does, or it does not answer. */
export async function kindAt(path: string, reach: Reach): Promise<'folder' | 'link' | 'file' | null> {
  try {
    const entry = await ask(reach, 'lstat', path);
    if (entry.isSymbolicLink()) return 'link';
    return entry.isDirectory() ? 'folder' : 'file';
  } catch {
    return null;
  }
}
