import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { type SshfsShare, sshfsShare, whyNoSshfs } from '../share/sshfs.ts';

const missing = whyNoSshfs();
const files = Number(process.env.INGEST_BENCH_FILES ?? 2_500);
const bytes = 20_000;
const roundTripMs = Number(process.env.INGEST_BENCH_RTT ?? 5);
const rounds = Number(process.env.INGEST_BENCH_ROUNDS ?? 2);
const copies = process.env.INGEST_BENCH_COPY !== '0';
const concurrency = 16;
const bare = fileURLToPath(new URL('./bare.js', import.meta.url));

/** Seconds that something took and megabytes that the server sent meanwhile. */
interface Cost {
  readonly seconds: number;
  readonly megabytes: number;
}

async function costOf(share: SshfsShare, work: () => Promise<unknown> | unknown): Promise<Cost> {
  const before = share.sent();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  return { seconds, megabytes: (share.sent() - before) / 1e6 };
}

function fill(dir: Workdir): string[] {
  return Array.from({ length: files }, (_, i) => {
    const name = `d${String(i % 20).padStart(2, '0')}/${i}.csv`;
    let text = 'id,sensor,ts,value\n';
    for (let row = 0; text.length < bytes; row += 1)
      text += `${i * 1000 + row},sensor-${i % 97},2026-01-01T00:00:${row % 60}Z,${((i * 31 + row * 17) % 1000) / 10}\n`;
    dir.write(`server/${name}`, text);
    return name;
  });
}

async function loaded(dir: Workdir, root: string, db: string): Promise<void> {
  const { code, stderr } = await dir.ingest([root, '--db', dir.path(db), '--table', 'share']);
  expect(code, stderr).toBe(0);
}

/** One round; in odd ones the bare reading comes after the run, so that neither has the better moment. */
async function round(
  dir: Workdir,
  share: SshfsShare,
  names: string[],
  nth: number,
): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost>();
  const measure = async (what: string, work: () => Promise<unknown> | unknown) => {
    costs.set(what, await costOf(share, work));
  };
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(concurrency + 8) };
  const bareWork = () =>
    execFileSync(process.execPath, [bare, share.mountPoint, String(concurrency)], {
      input: names.join('\n'),
      env,
    });
  const db = `${nth}.db`;
  if (nth % 2 === 0) await measure('stat, read, stat', bareWork);
  await measure('first run', () => loaded(dir, 'share', db));
  await measure('second run', () => loaded(dir, 'share', db));
  if (nth % 2 === 1) await measure('stat, read, stat', bareWork);
  if (copies) {
    await measure('cp -r', () =>
      execFileSync('cp', ['-r', '--preserve=timestamps', share.mountPoint, dir.path('copy')]),
    );
    await measure('load of the copy', () => loaded(dir, 'copy', 'copy.db'));
    for (const path of ['copy', 'copy.db', 'copy.db.lock'])
      rmSync(dir.path(path), { recursive: true, force: true });
  }
  return costs;
}

const title = `a share of ${files} files of ${bytes} bytes, ${roundTripMs} ms for a round trip`;

test.skipIf(missing !== null)(`${title}${missing === null ? '' : ` (needs ${missing})`}`, async () => {
  const dir = workdir();
  const names = fill(dir);
  const share = await sshfsShare(dir.path('server'), dir.path('share'), roundTripMs);
  for (let nth = 0; nth < rounds; nth += 1) {
    const costs = await round(dir, share, names, nth);
    const seconds = (what: string) => costs.get(what)?.seconds ?? Number.NaN;
    const rate = seconds('stat, read, stat') / seconds('first run');
    const load = loadavg()[0]?.toFixed(1);
    console.log(`round ${nth + 1} at load ${load}: the first run at ${rate.toFixed(2)} of the bare rate`);
    console.table(
      [...costs].map(([what, cost]) => ({
        what,
        seconds: cost.seconds.toFixed(1),
        'MB sent': cost.megabytes.toFixed(1),
      })),
    );
  }
});
