import { existsSync, readdirSync, renameSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Run, type Workdir, workdir } from '../program.ts';

/** A folder with one run behind it. */
async function loaded(): Promise<Workdir> {
  const dir = workdir();
  dir.write('share/a.csv', 'k,v\n1,x\n');
  expect((await dir.ingest(['share', '--workers', '0'])).code).toBe(0);
  return dir;
}

/** As if a run had begun and never ended. */
function beginRun(dir: Workdir): void {
  const db = new Database(dir.db);
  db.exec("INSERT INTO _ingest_runs (started_at) VALUES ('2026-11-22T02:00:00.000Z')");
  db.close();
}

function holdLock(dir: Workdir, db = 'ingest.db'): void {
  const lock = new Database(dir.path(`${db}.lock`));
  onTestFinished(() => void lock.close());
  lock.exec('BEGIN EXCLUSIVE');
}

const states = ({ stdout }: Run) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: string }).state);

test('a command that help does not know is exit 2 with the nearest one', async () => {
  const { code, stdout, stderr } = await workdir().ingest(['help', 'stauts']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe('error: there is no command "stauts"\n  to do: did you mean "status"?\n');
});

test('a variable of the environment that is not known is named with the nearest one', async () => {
  const dir = await loaded();
  const { code, stderr } = await dir.ingest(['status'], { INGEST_DRYRUN: '1', INGEST_LIMIT: '1' });
  expect(code).toBe(0);
  expect(stderr).toBe(
    'warning: the environment variable INGEST_DRYRUN is not known and means nothing\n  to do: did you mean INGEST_DRY_RUN?\n',
  );
});

test('files names the paths of which nothing is known', async () => {
  const dir = await loaded();
  const { code, stdout, stderr } = await dir.ingest(['files', 'nonsense', 'share/a.csv']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^share\/a\.csv\n/);
  expect(stderr).toBe('nothing is known of nonsense\n  to do: ingest explain nonsense says why\n');
  const json = await dir.ingest(['files', 'nonsense', '--json']);
  expect([json.code, json.stdout]).toEqual([0, '']);
  expect(json.stderr).toContain('nothing is known of nonsense');
});

test.each([
  ['status', 'status'],
  ['files', 'file'],
  ['runs', 'run'],
  ['config', 'config'],
  ['doctor', 'doctor'],
  ['explain share/a.csv', 'explain'],
  ['completion bash', 'completion'],
  ['init share --config new.json', 'init'],
])('each line of ingest %s --json has a type', async (line, type) => {
  const { stdout } = await (await loaded()).ingest([...line.split(' '), '--json']);
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((text) => (JSON.parse(text) as { type: string }).type);
  expect(types).toEqual([type]);
});

describe('a run without an end', () => {
  test('is running while the database is held', async () => {
    const dir = await loaded();
    beginRun(dir);
    holdLock(dir);
    expect((await dir.ingest(['status'])).stdout).toMatch(/^ +2 {2}2026-11-22 02:00:00 +running /m);
    expect(states(await dir.ingest(['runs', '--json']))).toEqual(['running', 'finished']);
  });

  test('is interrupted when it is not, and so are all but the last', async () => {
    const dir = await loaded();
    beginRun(dir);
    expect((await dir.ingest(['status'])).stdout).toMatch(/^ +2 {2}2026-11-22 02:00:00 +interrupted /m);
    beginRun(dir);
    holdLock(dir);
    const { stdout } = await dir.ingest(['runs']);
    expect(stdout).toMatch(/^ +3 .* running /m);
    expect(stdout).toMatch(/^ +2 .* interrupted /m);
  });
});

test('status says which source the last run set aside, and only as long as it is so', async () => {
  const dir = await loaded();
  renameSync(dir.path('share'), dir.path('away'));
  expect((await dir.ingest(['share'])).code).toBe(4);
  expect((await dir.ingest(['status'])).stdout).toMatch(/^share +unreachable /m);
  renameSync(dir.path('away'), dir.path('share'));
  await dir.ingest(['share']);
  expect((await dir.ingest(['status'])).stdout).not.toContain('unreachable');
});

test('to look whether a run goes on keeps none from starting', async () => {
  const dir = await loaded();
  beginRun(dir);
  const looks = Promise.all(Array.from({ length: 4 }, () => dir.ingest(['status'])));
  expect((await dir.ingest(['share', '--workers', '0'])).code).toBe(0);
  for (const { code } of await looks) expect(code).toBe(0);
});

test('a summary names the most frequent rejects with an example and the way to them', async () => {
  const dir = workdir();
  dir.write('share/a.csv', 'k,v\n1,x\n2\n3,y\n4\n');
  const { code, stdout } = await dir.ingest(['share', '--workers', '0']);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /rejects: 2 records could not be stored\n {4}\w+: 2 records, the first in\n {6}share\/a\.csv:3\n {6}\S/,
  );
  expect(stdout.replace(/\s+/g, ' ')).toContain('to do: ingest rejects shows them');
});

describe('where nothing is found', () => {
  test('no database is left behind if there was none', async () => {
    const dir = workdir();
    const { code, summary } = await dir.ingest(['nowhere', '--json']);
    expect([code, summary.sources[0]?.state]).toEqual([4, 'unreachable']);
    expect(readdirSync(dir.root)).toEqual([]);
  });

  test('a database that was there keeps the run', async () => {
    const dir = await loaded();
    expect((await dir.ingest(['nowhere'])).code).toBe(4);
    expect(dir.rows('SELECT exit_code FROM _ingest_runs')).toEqual([{ exit_code: 0 }, { exit_code: 4 }]);
  });

  test('the database stays if one source was healthy', async () => {
    const dir = workdir();
    dir.write('share/notes.md', '');
    expect((await dir.ingest(['nowhere', 'share'])).code).toBe(4);
    expect(existsSync(dir.db)).toBe(true);
  });
});

describe('a command to paste names the database and the config file that the command line named', () => {
  const flags = ['--db', 'e.db', '--config', 'c.json'];
  const said = '--db e.db --config c.json';

  async function plant(): Promise<Workdir> {
    const dir = workdir();
    dir.write('c.json', '{ "sources": [{ "name": "share", "root": "share" }] }');
    dir.write('share/a.csv', 'k,v\n1,x\n2\n');
    return dir;
  }

  const oneLine = ({ stdout, stderr }: Run) => `${stdout}${stderr}`.replace(/\s+/g, ' ');

  test('in the summary, and in what doctor and files have to say', async () => {
    const dir = await plant();
    expect(oneLine(await dir.ingest(flags))).toContain(`to do: ingest rejects ${said} shows them`);
    expect(oneLine(await dir.ingest(['doctor', ...flags]))).toContain(`to do: ingest rejects ${said}, and`);
    expect(oneLine(await dir.ingest(['files', 'b.csv', ...flags]))).toContain(
      `to do: ingest explain ${said} b.csv says why`,
    );
  });

  test('in an error', async () => {
    const dir = await plant();
    await dir.ingest(flags);
    holdLock(dir, 'e.db');
    const { code, stderr } = await dir.ingest(flags);
    expect(code).toBe(11);
    expect(stderr).toContain(`\`ingest status ${said}\` shows it`);
  });

  test('but not what the environment says', async () => {
    const dir = await plant();
    expect(oneLine(await dir.ingest(['--config', 'c.json'], { INGEST_DB: 'e.db' }))).toContain(
      'to do: ingest rejects --config c.json shows them',
    );
  });
});

test.each([
  ['--max-rejects', '5x', 'write a whole number such as 20, or a share from 0% to 100% such as "5%"'],
  ['--shard', '1', 'write a shard such as 2/4: its number from 1 up, and how many there are'],
  ['--limit', 'x', 'write a whole number from 1 up'],
])('%s %s is refused, and what to write is said once', async (flag, value, hint) => {
  const { code, stderr } = await workdir().ingest([flag, value, '.']);
  expect([code, stderr]).toEqual([2, `error: ${flag} cannot be "${value}"\n  to do: ${hint}\n`]);
});

describe('the summary names the first reject of a file that fails by its rejects', () => {
  test.each([[[]], [['--dry-run']]])('with %j', async (more) => {
    const dir = workdir();
    dir.write('share/a.csv', 'k,v\n1,x\n2\n3,y\n');
    dir.write('share/b.csv', 'k,v\n1,x\n2,3,4\n3,y\n');
    const { code, stdout } = await dir.ingest(['share', '--strict', '--workers', '0', ...more]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/ share\/a\.csv\n +1 of 3 .*\n +the first on line 3 \(too_few_fields\): Too few/);
    expect(stdout).toMatch(
      / share\/b\.csv\n +1 of 3 .*\n +the first on line 3 \(too_many_fields\): Too many/,
    );
    expect(stdout).not.toMatch(/^ {2}rejects:/m);
  });
});
