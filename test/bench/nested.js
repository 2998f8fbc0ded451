import { join } from 'node:path';
import { contest, median, timesFaster } from './contest.js';
import { ingest, rowsIn, withoutDatabase } from './ours.js';
import { writePatients } from './patients.js';
import { has } from './peers.js';
import { age, made } from './workloads.js';

const table = 'patients';

/** The same three tables with the same links, without ledger, row identity, types or redaction. */
const sqlOf = (file) => `
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

/** One file of nested patients, beside what sqlite3 (3.38 or newer) makes of it by `json_each`. */
export async function json(context) {
  const patients = Math.ceil(500_000 * context.scale);
  const folder = join(context.data, `patients-${patients}`);
  const file = join(folder, 'patients.json');
  const bytes = made(folder, () => {
    writePatients(patients, file);
    return age(file);
  });
  const contestants = [ours(context.work, folder)];
  if (has('sqlite3', '-version', context.note)) contestants.push(sqlite3(context.work, file));
  const costs = await contest(contestants, { rows: patients, folder }, context);
  return {
    title: `Nested JSON: ${patients.toLocaleString('en')} patients, ${Math.round(bytes / 1e6)} MB`,
    rows: contestants.map(({ name, without }) => jsonRow(name, without, costs, patients)),
    marks: [],
  };
}

function ours(work, folder) {
  const db = join(work, 'ours.db');
  return {
    name: 'ingest',
    without: '',
    prepare: () => withoutDatabase(db),
    command: ingest(folder, db, [], table),
    rows: () => rowsIn(db, table),
    after: () => withoutDatabase(db),
  };
}

function sqlite3(work, file) {
  const db = join(work, 'sqlite3.db');
  return {
    name: 'sqlite3 json_each',
    without: 'types, hash, ledger, duplicates, rejects',
    prepare: () => withoutDatabase(db),
    command: { program: 'sqlite3', args: ['-bail', db], input: sqlOf(file) },
    rows: () => rowsIn(db, table),
    after: () => withoutDatabase(db),
  };
}

function jsonRow(name, without, costs, patients) {
  const mine = costs.get(name) ?? [];
  const seconds = median(mine.map((cost) => cost.seconds));
  return {
    '': name,
    seconds,
    'CPU s': median(mine.map(({ cpu }) => cpu)),
    's for 10,000 patients': (seconds / patients) * 10_000,
    MB: median(mine.map(({ memory }) => memory / 1e6)),
    '× sqlite3': timesFaster(costs, name, 'sqlite3 json_each'),
    'does not do': without,
  };
}
