import { statSync } from 'node:fs';
import { readDirectory } from './directory.js';
import { type Figures, readFigures } from './figures.js';
import { directoryPath, emptyFolder } from './folder.js';

/** Segments by the day they were made. */
export interface CacheAge {
  /** Whole days ago. */
  readonly days: number;
  readonly segments: number;
  readonly bytes: number;
}

/** What is in a cache. */
export interface CacheStats extends Figures {
  /** Files whose records it has. */
  readonly entries: number;
  readonly segments: number;
  /** With the directory itself. */
  readonly bytes: number;
  /** ISO 8601, or null in an empty cache. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** The youngest first. */
  readonly ages: readonly CacheAge[];
}

const dayMs = 86_400_000;

/** The figures of the cache in a folder; null when there is none. Throws what SQLite throws for one that is damaged. */
export function cacheStats(folder: string): CacheStats | null {
  const db = readDirectory(folder);
  if (!db) return null;
  try {
    const entries = Number(
      db.prepare('SELECT count(*) FROM contents JOIN segments USING (segment_id)').pluck().get(),
    );
    const kept = db.prepare('SELECT made_at AS madeAt, bytes FROM segments ORDER BY made_at').all() as {
      madeAt: number;
      bytes: number;
    }[];
    const directory = statSync(directoryPath(folder)).size;
    return {
      ...readFigures(db),
      entries,
      segments: kept.length,
      bytes: kept.reduce((sum, { bytes }) => sum + bytes, directory),
      oldest: timeOf(kept[0]?.madeAt),
      newest: timeOf(kept.at(-1)?.madeAt),
      ages: agesOf(kept),
    };
  } finally {
    db.close();
  }
}

function agesOf(kept: readonly { readonly madeAt: number; readonly bytes: number }[]): CacheAge[] {
  const ages = new Map<number, { days: number; segments: number; bytes: number }>();
  for (const { madeAt, bytes } of kept) {
    const days = Math.max(0, Math.floor((Date.now() - madeAt) / dayMs));
    const age = ages.get(days) ?? { days, segments: 0, bytes: 0 };
    age.segments += 1;
    age.bytes += bytes;
    ages.set(days, age);
  }
  return [...ages.values()].sort((a, b) => a.days - b.days);
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** What was in a cache that has been emptied. */
export interface Cleared {
  /** Null when it was not known any more. */
  readonly entries: number | null;
  readonly bytes: number;
}

/** Empties the cache in a folder, whatever state it is in; takes away no file that a cache does not make. */
export function clearCache(folder: string): Cleared {
  const entries = knownEntries(folder);
  return { entries, bytes: emptyFolder(folder) };
}

function knownEntries(folder: string): number | null {
  try {
    return cacheStats(folder)?.entries ?? 0;
  } catch {
    return null;
  }
}
