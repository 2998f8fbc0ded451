import { resolveDatabase } from '../config/settings.js';
import type { CacheSettings, OutputSettings } from '../domain/settings.js';
import { type Connection, openForReading } from '../store/database.js';
import type { Call } from './commands.js';

/** The database that a command looks at while runs may go on. */
export interface Reading {
  readonly db: Connection;
  /** Absolute. */
  readonly path: string;
  /** Null: without. */
  readonly cache: CacheSettings | null;
  readonly output: OutputSettings;
}

/** Opens the database that the command line, the environment or the config file names, for as long as `work` takes. */
export async function reading(flags: Call['flags'], work: (reading: Reading) => number): Promise<number> {
  const { db: path, cache, output } = await resolveDatabase(flags, process.env, process.cwd());
  const db = openForReading(path);
  try {
    return work({ db, path, cache, output });
  } finally {
    db.close();
  }
}
