/**
 * `ingest` against the sqlite3 program on one nested JSON file, one after the other:
 * `npm run build && node test/bench/nested.js [patients] [rounds]`. Needs `sqlite3`, 3.38 or newer, and Linux or macOS.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePatients } from './patients.js';

const program = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));
const [patients = 500_000, rounds = 3] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'ingest-bench-'));
const file = join(folder, 'data', 'patients.json');

/** The same three tables with the same links, without ledger, row identity, types or redaction. */
const sql = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE patients (_id INTEGER PRIMARY KEY, patient_id, name_given, name_family, birth_date, sex);
  CREATE TABLE encounters (_id INTEGER PRIMARY KEY, _parent_id, _index, encounter_id, class, started_at, notes);
  CREATE TABLE observations (_id INTEGER PRIMARY KEY, _parent_id, _index, code, value, unit, observed_at);
  CREATE INDEX encounters_by_parent ON encounters (_parent_id, _index);
  CREATE INDEX observations_by_parent ON observations (_parent_id);
  BEGIN;
  INSERT INTO patients SELECT key + 1, value->>'patient_id', value->>'$.name.given', value->>'$.name.family',
    value->>'birth_date', value->>'sex' FROM json_each(readfile('${file}'));
  INSERT INTO encounters SELECT NULL, p.key + 1, e.key, e.value->>'encounter_id', e.value->>'class',
    e.value->>'started_at', e.value->>'notes'
    FROM json_each(readfile('${file}')) p, json_each(p.value, '$.encounters') e;
  INSERT INTO observations SELECT NULL, t._id, o.key, o.value->>'code', o.value->>'value', o.value->>'unit',
    o.value->>'observed_at'
    FROM json_each(readfile('${file}')) p, json_each(p.value, '$.encounters') e
      JOIN encounters t ON t._parent_id = p.key + 1 AND t._index = e.key, json_each(e.value, '$.observations') o;
  COMMIT;`;

/** Seconds that a command takes. */
function timed(command, args, input = '') {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command}: ${status} ${stderr}`);
  return (performance.now() - started) / 1000;
}

function withoutDatabase(path) {
  for (const end of ['', '-wal', '-shm', '.lock']) rmSync(path + end, { force: true });
  return path;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

try {
  spawnSync('mkdir', ['-p', join(folder, 'data')]);
  writePatients(patients, file);
  const written = new Date(Date.now() - 3_600_000);
  utimesSync(file, written, written);
  console.log(`${patients} patients, ${(statSync(file).size / 1e6).toFixed(0)} MB`);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const db = withoutDatabase(join(folder, 'ingest.db'));
    const args = [
      program,
      join(folder, 'data'),
      '--table',
      'patients',
      '--db',
      db,
      '--quiet',
      '--no-progress',
    ];
    ours.push(timed(process.execPath, args));
    theirs.push(timed('sqlite3', [withoutDatabase(join(folder, 'sqlite3.db'))], sql));
    console.log(`ingest ${ours.at(-1).toFixed(1)} s, sqlite3 ${theirs.at(-1).toFixed(1)} s`);
  }
  const [mine, other] = [median(ours), median(theirs)];
  const share = (mine / patients) * 10_000;
  console.log(
    `median: ingest ${mine.toFixed(1)} s (${share.toFixed(2)} s for 10,000 patients), sqlite3 ${other.toFixed(1)} s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
