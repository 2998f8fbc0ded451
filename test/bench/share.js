import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('./vitest.config.ts', import.meta.url));

/** A share behind a slow network, which the tests know how to mount; its figures go to standard error as they come. */
export async function share({ scale, rounds }) {
  const env = {
    ...process.env,
    INGEST_BENCH_FILES: String(Math.ceil(2_500 * scale)),
    INGEST_BENCH_ROUNDS: String(rounds),
  };
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config], {
    env,
    stdio: [0, 2, 2],
  });
  if (status !== 0) throw new Error(`the bench of the share ended with ${status}`);
  return { title: 'A slow share: see above', rows: [], marks: [] };
}
