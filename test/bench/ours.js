import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const program = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));
/** The table that all loads fill unless said otherwise. */
const table = 'share';

/** Takes away a database and all that may lie beside it. */
export function withoutDatabase(db) {
  for (const end of ['', '-wal', '-shm', '.lock', '.tmp', '.cache'])
    rmSync(db + end, { recursive: true, force: true });
  return db;
}

/** Rows of a table. */
export function rowsIn(db, into = table) {
  const connection = new Database(db, { readonly: true });
  try {
    return connection.prepare(`SELECT count(*) FROM ${into}`).pluck().get();
  } finally {
    connection.close();
  }
}

/** Also with records that are rejected. */
const codes = [0, 3];

/** The command that loads a folder with `ingest`. */
export function ingest(folder, db, args = [], into = table) {
  const fixed = ['--table', into, '--db', db, '--quiet', '--no-progress'];
  return { program: process.execPath, args: [program, folder, ...fixed, ...args], codes };
}

/** As `ingest`, with settings, of the source and beside it, that only a config file can give. */
function configured(folder, db, name, source, settings = {}) {
  const config = `${db}.${name}.json`;
  mkdirSync(join(db, '..'), { recursive: true });
  writeFileSync(config, JSON.stringify({ sources: [{ name: table, root: folder, ...source }], ...settings }));
  return {
    program: process.execPath,
    args: [program, '--config', config, '--db', db, '--quiet', '--no-progress'],
  };
}

/**
 * A cold load by `ingest`.
 * @returns {import('./contest.js').Contestant}
 */
function cold(name, db, command) {
  return {
    name,
    without: '',
    prepare: () => withoutDatabase(db),
    command,
    rows: () => rowsIn(db),
    after: () => withoutDatabase(db),
  };
}

/** The ways in which `ingest` takes part: as it comes, and with each of its settings that matter for speed. */
export function ours(work, { folder }, measure) {
  const db = join(work, 'ours.db');
  const kept = join(work, 'kept.cache');
  const rebuild = ingest(folder, db, ['--cache', kept]);
  return [
    cold('ingest', db, ingest(folder, db)),
    cold('ingest --no-cache', db, ingest(folder, db, ['--no-cache'])),
    cold('ingest, csv-parse', db, configured(folder, db, 'engine', { csv: { engine: 'csv-parse' } })),
    cold('ingest, binds', db, configured(folder, db, 'writer', {}, { batch: { writer: 'binds' } })),
    {
      ...cold('ingest, rebuild from the cache', db, rebuild),
      prepare: async () => {
        if (!existsSync(kept)) await measure(rebuild);
        withoutDatabase(db);
      },
    },
  ];
}
