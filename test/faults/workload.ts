import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Workdir } from '../program.ts';

/** A repeatable source of numbers from 0 up to 1 (without it). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A CSV of about `bytes` bytes; equal arguments give equal files. */
export function largeCsv(bytes: number, seed = 1): string {
  const next = random(seed);
  const lines = ['board,part,x,y,remark'];
  const remark = 'n'.repeat(150);
  for (let size = 0; size < bytes; ) {
    const line = `B${lines.length}-${seed},R${Math.floor(next() * 1e9)},${(next() * 100).toFixed(3)},${lines.length},${remark}`;
    size += line.length + 1;
    lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

const samples = 120;

/** Four sources: many small files, one table by key, NDJSON, one large file. */
const sources = [
  { name: 'samples', root: 'samples', onDelete: 'remove' },
  { name: 'states', root: 'states', dedupe: 'key', key: ['machine'] },
  { name: 'events', root: 'events', types: { code: 'text' } },
  { name: 'boards', root: 'boards' },
];

/** Ways to read and to write segments, which make no difference. */
const ways = [
  { engine: 'auto', writer: 'pages' },
  { engine: 'csv-parse', writer: 'pages' },
  { engine: 'csv-parse', writer: 'binds' },
];

/** Sets the way of the runs to come, by number. */
export function takeWay(dir: Workdir, number: number): void {
  const { engine, writer } = ways[number % ways.length] ?? {};
  const own = sources.map((source) => ({ ...source, csv: { engine } }));
  dir.write('ingest.config.json', JSON.stringify({ sources: own, batch: { writer } }));
}

/** The files of the first load. */
export function writeFirst(dir: Workdir): void {
  takeWay(dir, 0);
  for (let i = 0; i < samples; i++) dir.write(`samples/${day(i)}/s${i}.csv`, sampleCsv(i, 0));
  dir.write('samples/copy-of-7.csv', sampleCsv(7, 0));
  dir.write('samples/deleted.csv', sampleCsv(9000, 0));
  for (let i = 0; i < 20; i++) dir.write(`states/${i}.csv`, stateCsv(i, 0));
  for (let i = 0; i < 20; i++) dir.write(`events/${i}.ndjson`, eventLines(i, 0));
  dir.write('boards/old.csv', largeCsv(2_000_000, 7));
}

/** Takes a file away; two complete scans later it is `missing`, and with `onDelete: "remove"` its rows go. */
export function deleteOne(dir: Workdir): void {
  rmSync(dir.path('samples/deleted.csv'));
}

/** What happened on the share since: changed, renamed, copied, overlapping, broken and new files. */
export function writeSecond(dir: Workdir, largeBytes: number): void {
  for (let i = 0; i < 40; i++) dir.write(`samples/${day(i)}/s${i}.csv`, sampleCsv(i, 1));
  for (let i = 0; i < 60; i++) dir.write(`samples/new/n${i}.csv`, sampleCsv(500 + i, 0));
  for (let i = 50; i < 60; i++)
    renameSync(dir.path(`samples/${day(i)}/s${i}.csv`), dir.path(`samples/moved-${i}.csv`));
  for (let i = 60; i < 70; i++) dir.write(`samples/copies/c${i}.csv`, sampleCsv(i, 0));
  dir.write('samples/broken.csv', `id,value,tag\n${'1,2\n'.repeat(40)}`);
  dir.write('samples/code.csv', 'id,value,tag,code\n1,2.5,x,007\n2,3.5,y,12\n');
  for (let i = 5; i < 15; i++) dir.write(`states/${i}.csv`, stateCsv(i, 3));
  for (let i = 0; i < 10; i++) dir.write(`events/${i}.ndjson`, eventLines(i, 1));
  const old = readFileSync(dir.path('boards/old.csv'), 'utf8');
  writeFileSync(dir.path('boards/old.csv'), old.replaceAll('B1', 'C1'));
  dir.write('boards/large.csv', largeCsv(largeBytes, 7));
}

/** Half of a file's records stand in its neighbour too, and one twice in itself. */
function sampleCsv(i: number, version: number): string {
  const lines = ['id,value,tag,code'];
  for (let n = 0; n < 30; n++) lines.push(`${i * 15 + n},${(n % 7) + 0.5},t${n % 3},${100 + n}`);
  if (version > 0) for (let n = 0; n < 10; n++) lines.push(`${i * 15 + n},${n + 0.25},v${version},${n}`);
  lines.push(`${i * 15},0.5,t0,100`);
  return `${lines.join('\n')}\n`;
}

function stateCsv(i: number, shift: number): string {
  const lines = ['machine,state'];
  for (let n = 0; n < 25; n++) lines.push(`m${(i * 5 + n + shift) % 60},state ${i}/${n}`);
  return `${lines.join('\n')}\n`;
}

function eventLines(i: number, version: number): string {
  const lines: string[] = [];
  for (let n = 0; n < 30; n++) {
    lines.push(
      JSON.stringify({
        at: i * 20 + n,
        code: n % 2 === 0 ? '007' : 12,
        ...(version > 0 ? { extra: n } : {}),
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}

function day(i: number): string {
  return `day-${i % 5}`;
}
