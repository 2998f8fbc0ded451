import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowsIn, withoutDatabase } from './ours.js';

/** What is installed for the bench alone; nothing of the program needs it. */
const duckdb = '@duckdb/node-api@1.5.6-r.1';
const duckdbLoad = fileURLToPath(new URL('./duckdbLoad.js', import.meta.url));
const bookkeeping = 'hash, ledger, duplicates, rejects';

/**
 * The programs that a user would reach for, as far as they are there; `note` is told of those that are not.
 * @returns {import('./contest.js').Contestant[]}
 */
export function peers({ data, work, note }, workload) {
  return [
    ...(has('sqlite3', '-version', note) ? [sqlite3(work, workload)] : []),
    ...duckdbs(data, work, workload, note),
    ...(workload.files === 1 && has('sqlite-utils', '--version', note) ? [sqliteUtils(work, workload)] : []),
    ...(has('cp', '--version', note) ? [copy(work, workload)] : []),
  ];
}

/** Whether a program is there; `note` is told if not. */
export function has(program, ask, note) {
  const there = spawnSync(program, [ask]).status === 0;
  if (!there) note(`${program} is not there and takes no part`);
  return there;
}

/** All files in one process and one transaction; the first makes the table. */
function sqlite3(work, { folder, first }) {
  const db = join(work, 'sqlite3.db');
  const others = filesIn(folder).filter((path) => path !== first);
  const lines = [
    'PRAGMA journal_mode = WAL;',
    'PRAGMA synchronous = NORMAL;',
    'BEGIN;',
    `.import --csv "${first}" share`,
    ...others.map((path) => `.import --csv --skip 1 "${path}" share`),
    'COMMIT;',
  ];
  return {
    name: 'sqlite3 .import',
    without: `types, ${bookkeeping}`,
    prepare: () => withoutDatabase(db),
    command: { program: 'sqlite3', args: ['-bail', db], input: `${lines.join('\n')}\n` },
    rows: () => rowsIn(db),
    after: () => withoutDatabase(db),
  };
}

function duckdbs(data, work, workload, note) {
  const modules = join(data, 'duckdb');
  if (!existsSync(join(modules, 'node_modules', '@duckdb'))) {
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'package.json'), '{ "private": true }\n');
    note(`installing ${duckdb} in ${modules}`);
    const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', duckdb], {
      cwd: modules,
      encoding: 'utf8',
    });
    if (status !== 0) {
      note(`DuckDB cannot be installed and takes no part: ${stderr}`);
      return [];
    }
  }
  const of = (name, how) => {
    const db = join(work, 'duck.db');
    const remove = () => withoutDatabase(db) && rmSync(`${db}.wal`, { force: true });
    return {
      name,
      without: bookkeeping,
      prepare: remove,
      command: { program: process.execPath, args: [duckdbLoad, modules, workload.folder, db, how] },
      rows: ({ stdout }) => Number(stdout),
      after: remove,
    };
  };
  return [of('DuckDB', 'defaults'), of('DuckDB, schema given', 'schema')];
}

function sqliteUtils(work, { first }) {
  const db = join(work, 'sqlite-utils.db');
  return {
    name: 'sqlite-utils insert',
    without: `types before 4.0, ${bookkeeping}`,
    prepare: () => withoutDatabase(db),
    command: { program: 'sqlite-utils', args: ['insert', db, 'share', first, '--csv'] },
    rows: () => rowsIn(db),
    after: () => withoutDatabase(db),
  };
}

function copy(work, { folder, rows, files }) {
  const target = join(work, 'copy');
  const remove = () => rmSync(target, { recursive: true, force: true });
  return {
    name: 'cp -r',
    without: 'anything but the copying',
    prepare: remove,
    command: { program: 'cp', args: ['-r', folder, target] },
    rows: () => (filesIn(target).length === files ? rows : 0),
    after: remove,
  };
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, relative(folder, entry.parentPath), entry.name))
    .sort();
}
