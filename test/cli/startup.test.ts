import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { workdir } from '../program.ts';

const program = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));
const tries = 15;
const allowedMs = 100;

function milliseconds(cwd: string, ...args: string[]): number {
  const started = performance.now();
  expect(spawnSync(process.execPath, args, { cwd }).status).toBe(0);
  return performance.now() - started;
}

test.each([['--version'], ['--help'], ['completion bash'], ['--cache-stats']])(
  'ingest %s takes at most 100 ms and twice what Node takes to start',
  async (line) => {
    const dir = workdir();
    dir.write('share/a.csv', 'k,v\n1,x\n');
    await dir.ingest(['share']);
    let own = Number.POSITIVE_INFINITY;
    let node = Number.POSITIVE_INFINITY;
    // The fastest of several, in turns: others use the machine too.
    for (let i = 0; i < tries && own > allowedMs + 2 * node; i += 1) {
      node = Math.min(node, milliseconds(dir.root, '-e', '0'));
      own = Math.min(own, milliseconds(dir.root, program, ...line.split(' ')));
    }
    expect(own).toBeLessThanOrEqual(allowedMs + 2 * node);
  },
);
