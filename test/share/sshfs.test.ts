import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Running, type Workdir, workdir } from '../program.ts';
import { isMounted, type SshfsShare, sshfsShare, until, whyNoSshfs } from './sshfs.ts';

const missing = whyNoSshfs();
const files = 300;
/** Longer than a busy machine needs, shorter than the test waits. */
const deadlines = { metadata: '2s', read: '2s' };

/** Files large enough that a run over them can be caught in the middle. */
function fill(dir: Workdir, folder: string): void {
  const rows = Array.from({ length: 2_000 }, (_, i) => `${i},board ${i},void ${i % 7}`).join('\n');
  for (let i = 0; i < files; i += 1)
    dir.write(`${folder}/d${i % 5}/${i}.csv`, `n,board,void\n${rows}\n${i},last,x\n`);
}

async function mountedShare(dir: Workdir, name = 'share'): Promise<SshfsShare> {
  const sources = ['share', 'other'].map((source) => ({ name: source, root: source, deadlines }));
  dir.write('ingest.config.json', JSON.stringify({ sources, concurrency: 1, workers: 1 }));
  return sshfsShare(dir.path(`${name}-on-server`), dir.path(name));
}

/** Resolves when the run has told of its first file: others are being read then. */
function begun({ child }: Running): Promise<unknown> {
  return new Promise((resolve) => child.stdout?.once('data', resolve));
}

function rowsOf(dir: Workdir): number {
  return dir.rows<{ n: number }>('SELECT count(*) AS n FROM share')[0]?.n ?? 0;
}

const title = `a share over SFTP${missing === null ? '' : ` (needs ${missing})`}`;

describe.skipIf(missing !== null)(title, { timeout: 240_000 }, () => {
  const only = ['--source', 'share', '--json'];

  test('that hangs in the middle of a run costs exit code 4 and no row; the next run completes', async () => {
    const dir = workdir();
    fill(dir, 'share-on-server');
    const share = await mountedShare(dir);
    const running = dir.start(only);
    await begun(running);
    share.stop();
    const { code, summary } = await running.done;
    expect(code).toBe(4);
    expect(summary.sources[0]?.state).toBe('unreachable');
    expect(summary.files.loaded).toBeGreaterThan(0);
    expect(summary.files.loaded + summary.files.deferred).toBe(files);
    expect(rowsOf(dir)).toBe(summary.rows.inserted);
    expect(dir.rows("SELECT * FROM _ingest_files WHERE status <> 'loaded'")).toEqual([]);
    share.goOn();
    const next = await dir.ingest(only);
    expect([next.code, next.summary.files.unchanged]).toEqual([0, summary.files.loaded]);
    expect(rowsOf(dir)).toBe(summary.rows.inserted + next.summary.rows.inserted);
  });

  test('whose server dies in the middle of a run is an empty folder, and nothing of it is gone', async () => {
    const dir = workdir();
    fill(dir, 'share-on-server');
    const share = await mountedShare(dir);
    const running = dir.start(only);
    await begun(running);
    share.kill();
    const { code, summary } = await running.done;
    expect(code).toBe(4);
    expect(summary.files.vanished).toBe(0);
    expect(summary.files.loaded + summary.files.deferred + summary.files.failed).toBe(files);
    await until(() => !isMounted(share.mountPoint));
    const unmounted = await dir.ingest(only);
    expect(unmounted.code).toBe(4);
    expect(unmounted.summary.warnings[0]?.message).toContain('nothing is mounted there');
    await share.mount();
    const next = await dir.ingest(only);
    expect(next.code).toBe(0);
    expect(next.summary.files.loaded + next.summary.files.unchanged).toBe(files);
    expect(next.summary.missing).toBe(0);
  });

  test('that is mounted again in the middle of a run is read on', async () => {
    const dir = workdir();
    fill(dir, 'share-on-server');
    const share = await mountedShare(dir);
    const running = dir.start(only);
    await begun(running);
    share.kill();
    await until(() => !isMounted(share.mountPoint));
    await share.mount();
    const { code, summary } = await running.done;
    expect([code, summary.files.loaded]).toEqual([0, files]);
  });

  test('that hangs keeps neither another from being loaded nor the next run from starting', async () => {
    const dir = workdir();
    dir.write('share-on-server/a.csv', 'lot\n1\n');
    for (const name of ['a', 'b', 'c']) dir.write(`other/${name}.csv`, `lot\n${name}\n`);
    const share = await mountedShare(dir);
    share.stop();
    const { code, summary } = await dir.ingest(['--json']);
    expect(code).toBe(4);
    expect(summary.files).toMatchObject({ seen: 3, loaded: 3 });
    const next = await dir.ingest(['--json', '--source', 'other']);
    expect([next.code, next.summary.files.unchanged]).toEqual([0, 3]);
    expect((await dir.ingest(['status'])).code).toBe(0);
  });

  test('that hangs keeps no command from saying so', async () => {
    const dir = workdir();
    dir.write('share-on-server/a.csv', 'lot\n1\n');
    const share = await mountedShare(dir);
    expect((await dir.ingest(only)).code).toBe(0);
    share.stop();
    const explained = await dir.ingest(['explain', 'share/a.csv']);
    expect(explained.code).toBe(0);
    expect(explained.stdout).toContain('in database yes: 1 row in table share\n');
    expect(explained.stdout.replace(/\s+/g, ' ')).toMatch(/next run none: .* does not answer/);
    const doctor = await dir.ingest(['doctor', '--verify']);
    expect(doctor.code).toBe(0);
    expect(doctor.stdout.replace(/\s+/g, ' ')).toMatch(/The root of share, .* does not answer/);
    const init = await dir.ingest(['init', 'share', '--config', 'new.json']);
    expect([init.code, init.stderr]).toEqual([4, expect.stringContaining('does not answer')]);
  });

  test('that hangs keeps no run from ending at a signal', async () => {
    const dir = workdir();
    fill(dir, 'share-on-server');
    const share = await mountedShare(dir);
    const running = dir.start(only);
    await begun(running);
    share.stop();
    running.child.kill('SIGTERM');
    const { code, summary } = await running.done;
    expect(code).toBe(143);
    expect(rowsOf(dir)).toBe(summary.rows.inserted);
    expect((await dir.ingest(['status'])).code).toBe(0);
  });

  test('that is not mounted is not believed, even where its folder holds files', async () => {
    const dir = workdir();
    dir.write('share-on-server/a.csv', 'lot\n1\n');
    const share = await mountedShare(dir);
    expect((await dir.ingest(only)).code).toBe(0);
    share.kill();
    await until(() => !isMounted(share.mountPoint));
    dir.write('share/a.csv', 'lot\nlocal\n');
    const { code, summary } = await dir.ingest(only);
    expect([code, summary.sources[0]?.state]).toEqual([4, 'unhealthy']);
    expect(dir.rows('SELECT lot FROM share')).toEqual([{ lot: 1 }]);
    rmSync(dir.path('share/a.csv'));
  });
});
