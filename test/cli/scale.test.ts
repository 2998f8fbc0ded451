import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { peakResidentKb } from '../memory.ts';
import { type Workdir, workdir } from '../program.ts';

const program = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));

/** The sizes that the project promises take minutes; the default ones find the same faults in seconds. */
const full = process.env.INGEST_TEST_FULL === '1';
const rowsPerFile = full ? 100 : 5;
const largeBytes = (full ? 500 : 30) * 1_000_000;

const files = 20_000;
const filesPerFolder = 200;
const anHourAgo = new Date(Date.now() - 3_600_000);
const maxResidentKb = 600_000;
/** Follows threads, and stops the program at the calls of interest only. */
const strace = ['-f', '-qq', '--seccomp-bpf'];
const canTrace =
  spawnSync('strace', [...strace, '-e', 'trace=openat', '-o', '/dev/null', 'true']).status === 0;

describe(`${files} files of ${rowsPerFile} rows`, () => {
  test.skipIf(!canTrace)(
    'load in one run; a second one asks for the status of each once and opens none (needs strace)',
    async () => {
      const dir = workdir();
      const root = writeManyFiles(dir);
      // So many files take longer to delete than hooks commonly may.
      onTestFinished(() => rmSync(root, { recursive: true }), 120_000);
      const first = await dir.ingest(['share', '--json', '-q']);
      expect(first.summary).toMatchObject({
        exitCode: 0,
        files: { seen: files, loaded: files },
        rows: { parsed: files * rowsPerFile, inserted: files * rowsPerFile },
      });
      expect(dir.rows('SELECT count(*) AS n, count(DISTINCT serial) AS serials FROM share')).toEqual([
        { n: files * rowsPerFile, serials: files * rowsPerFile },
      ]);
      expect(dir.rows('SELECT count(*) AS n FROM _ingest_files')).toEqual([{ n: files }]);

      const { opens, stats } = traceRun(dir, root);
      const [{ summary } = { summary: '' }] = dir.rows<{ summary: string }>(
        'SELECT summary FROM _ingest_runs WHERE run_id = 2',
      );
      expect(JSON.parse(summary)).toMatchObject({ exitCode: 0, bytesRead: 0, files: { unchanged: files } });
      expect(opens.filter(({ folder }) => !folder)).toEqual([]);
      expect(opens.length).toBeLessThanOrEqual(files / filesPerFolder + 1);
      expect(stats.size).toBe(files);
      expect([...stats.values()].filter((calls) => calls !== 1)).toEqual([]);
    },
    full ? 900_000 : 300_000,
  );
});

function writeManyFiles(dir: Workdir): string {
  const root = dir.path('share');
  for (let file = 0; file < files; file++) {
    const folder = `${root}/${String(Math.floor(file / filesPerFolder)).padStart(3, '0')}`;
    if (file % filesPerFolder === 0) mkdirSync(folder, { recursive: true });
    const path = `${folder}/${file}.csv`;
    writeFileSync(path, csv(file * rowsPerFile, rowsPerFile));
    utimesSync(path, anHourAgo, anHourAgo);
  }
  return root;
}

/** Rows of 12 columns that all differ, with their header. */
function csv(firstSerial: number, rows: number, header = true): string {
  let text = header
    ? 'serial,machine,timestamp,lot,board,recipe,operator,x_mm,y_mm,void_pct,passed,remark\n'
    : '';
  for (let serial = firstSerial; serial < firstSerial + rows; serial++) {
    text += `${serial},xr-01,2026-03-02T06:00:00Z,00471101,${serial % 97},BGA-256,b.okafor,${serial % 311}.25,${serial % 173}.5,${serial % 13}.75,true,"a, b"\n`;
  }
  return text;
}

interface Trace {
  /** Every open below the root that the run asked for. */
  readonly opens: readonly { readonly path: string; readonly folder: boolean }[];
  /** By file, how often its status was asked for by name. */
  readonly stats: ReadonlyMap<string, number>;
}

/** Runs the program over `root` under strace. */
function traceRun(dir: Workdir, root: string): Trace {
  const log = dir.path('trace');
  const calls = 'openat,open,lstat,stat,newfstatat,statx';
  const args = [...strace, '-s', '4096', '-e', `trace=${calls}`, '-o', log];
  const command = [process.execPath, program, 'share', '-q'];
  const { status } = spawnSync('strace', [...args, ...command], {
    cwd: dir.root,
    env: { PATH: process.env.PATH },
  });
  expect(status).toBe(0);
  const opens: { path: string; folder: boolean }[] = [];
  const stats = new Map<string, number>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, call = '', path = ''] = /^\d+ +(\w+)\([^"]*"([^"]*)"/.exec(line) ?? [];
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    if (call.startsWith('open')) opens.push({ path, folder: line.includes('O_DIRECTORY') });
    else if (path.endsWith('.csv')) stats.set(path, (stats.get(path) ?? 0) + 1);
  }
  return { opens, stats };
}

test.skipIf(process.platform !== 'linux')(
  `one CSV of ${largeBytes / 1e6} MB loads in under 600 MB of memory, and no reader sees half of it`,
  async () => {
    const dir = workdir();
    dir.write('share/first.csv', csv(0, 1));
    await dir.ingest(['share']);
    const rows = writeLargeFile(dir.path('share', 'large.csv'));
    const running = dir.start(['share', '--json']);
    let over = false;
    const done = running.done.finally(() => {
      over = true;
    });
    const reader = new Database(dir.db, { readonly: true, timeout: 0 });
    const count = reader.prepare('SELECT count(*) FROM share WHERE _file_id <> 1').pluck();
    const ledger = reader.prepare("SELECT count(*) FROM _ingest_files WHERE path = 'large.csv'").pluck();
    const look = reader.transaction(() => `${count.get()} rows, ${ledger.get()} in the ledger`);
    const seen = new Set<string>();
    let residentKb = 0;
    while (!over) {
      seen.add(look());
      residentKb = Math.max(residentKb, peakResidentKb(running.child.pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { summary } = await done;
    seen.add(look());
    reader.close();
    expect(summary).toMatchObject({ exitCode: 0, rows: { parsed: rows, inserted: rows } });
    expect([...seen]).toEqual(['0 rows, 0 in the ledger', `${rows} rows, 1 in the ledger`]);
    expect(residentKb).toBeGreaterThan(10_000);
    expect(residentKb).toBeLessThan(maxResidentKb);
  },
  full ? 900_000 : 300_000,
);

/** Writes a CSV of about `largeBytes`, a part at a time; returns its rows. */
function writeLargeFile(path: string): number {
  const file = openSync(path, 'w');
  let rows = 0;
  for (let bytes = 0; bytes < largeBytes; rows += 10_000)
    bytes += writeSync(file, csv(rows + 1, 10_000, rows === 0));
  closeSync(file);
  utimesSync(path, anHourAgo, anHourAgo);
  return rows;
}
