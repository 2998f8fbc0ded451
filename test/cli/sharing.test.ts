import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';

/** More than is read by one thread as a matter of course. */
const bytes = 9 * 1024 * 1024;
/** All threads of a file that is large enough can find something to do. */
const threads = ['--workers', '3'];

function repeated(line: (i: number) => string, between = ''): string {
  const lines: string[] = [];
  for (let size = 0; size < bytes; ) size += lines.push(line(lines.length)) && (lines.at(-1)?.length ?? 0);
  return lines.join(between);
}

const csv = `id,name,value,late\n${repeated((i) => {
  const name = i % 11 === 0 ? `"one, two\nand ""three"" ${i}"` : `plain ${i % 500}`;
  const value = i % 90_001 === 90_000 ? 'word' : i / 8;
  const record = `${i % 7 === 0 ? 7 : i},${name},${value},${i > 200_000 ? `x${i}` : ''}`;
  return i % 50_021 === 50_020 ? `${record},too,many\n` : `${record}\n`;
})}`;

const json = `[${repeated((i) => {
  const visits = Array.from({ length: i % 3 }, (_, n) => ({ at: `t${n}`, what: { code: i + n } }));
  const late = i > 60_000 ? { [`late${i % 3}`]: i } : {};
  return JSON.stringify({ id: i, name: { given: `é${i % 100}` }, visits, ...late });
}, ',\n')}]`;

const ndjson = repeated((i) =>
  i % 40_009 === 40_008 ? `{"id":${i},}\n` : `{"id":${i},"text":"{[,\\"${i}"}\n`,
);

/** All rows and rejects, with their ids and lines. */
function stored(dir: Workdir, tables: readonly string[]): unknown[][] {
  const rejects =
    'SELECT line, byte_offset, column_name, code, message, raw, record_id FROM _ingest_rejects ORDER BY reject_id';
  return [...tables.map((table) => `SELECT * FROM ${table} ORDER BY _id`), rejects].map((sql) =>
    dir.rows(sql),
  );
}

interface Case {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly tables: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'a.csv', content: csv, tables: ['data'] },
  { name: 'a.csv.gz', content: gzipSync(csv), tables: ['data'] },
  { name: 'a.json', content: json, tables: ['data', 'data_visits'] },
  { name: 'a.ndjson', content: ndjson, tables: ['data'] },
];

test.each(cases)('$name comes out the same from one thread, from three, and from the cache', async (one) => {
  const dir = workdir();
  dir.write(`data/${one.name}`, one.content);
  const load = async (hits: number, ...args: string[]) => {
    rmSync(dir.db, { force: true });
    const { summary } = await dir.ingest(['data', '--json', ...args]);
    expect(summary).toMatchObject({ files: { loaded: 1 }, cache: { hits } });
    return { rows: summary.rows, stored: stored(dir, one.tables) };
  };
  const alone = await load(0, '--no-cache', '--workers', '0');
  expect(alone.rows.parsed).toBeGreaterThan(50_000);
  expect(await load(0, '--cache', dir.path('cache'), ...threads)).toEqual(alone);
  expect(await load(1, '--cache', dir.path('cache'), ...threads)).toEqual(alone);
});
