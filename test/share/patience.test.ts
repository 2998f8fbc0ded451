import { expect, test } from 'vitest';
import { HungCall, SourceDown } from '../../src/share/failure.ts';
import { Breaker, patiently } from '../../src/share/patience.ts';

function failing(code: string, times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw Object.assign(new Error(`${code}: open`), { code, errno: -1, syscall: 'open' });
    return 'read';
  };
}

function patience(breaker = new Breaker()) {
  const waits: number[] = [];
  let crowded = 0;
  return {
    breaker,
    waits,
    pause: async (ms: number) => void waits.push(ms),
    crowded: () => {
      crowded += 1;
    },
    get timesCrowded() {
      return crowded;
    },
  };
}

test('what may pass is tried four times more, after pauses that grow from half a second to eight', async () => {
  const own = patience();
  expect(await patiently(failing('EIO', 4), own)).toBe('read');
  const longest = [500, 1_260, 3_180, 8_000];
  expect(own.waits).toHaveLength(4);
  for (const [i, ms] of own.waits.entries()) {
    expect(ms).toBeLessThanOrEqual(longest[i] ?? 0);
    expect(ms).toBeGreaterThanOrEqual((longest[i] ?? 0) / 2);
  }
  await expect(patiently(failing('EIO', 5), patience())).rejects.toThrow('EIO');
});

test('what is final is not tried again', async () => {
  const own = patience();
  await expect(patiently(failing('EACCES', 1), own)).rejects.toThrow('EACCES');
  expect(own.waits).toEqual([]);
});

test('too many open files ask for fewer at once', async () => {
  const own = patience();
  expect(await patiently(failing('EMFILE', 2), own)).toBe('read');
  expect(own.timesCrowded).toBe(2);
});

test('five failures in a row open the breaker, but not with an answer between them', async () => {
  const own = patience();
  for (let i = 0; i < 4; i += 1) await expect(patiently(failing('EIO', 9), own)).rejects.toThrow('EIO');
  expect(await patiently(failing('EIO', 0), own)).toBe('read');
  for (let i = 0; i < 4; i += 1) await expect(patiently(failing('EIO', 9), own)).rejects.toThrow('EIO');
  expect(own.breaker.why).toBeNull();
  await expect(patiently(failing('EIO', 9), own)).rejects.toThrow('EIO');
  await expect(patiently(failing('EIO', 0), own)).rejects.toThrow(SourceDown);
});

test('two calls without an answer open it, and one error that says the server is gone', async () => {
  const hanging = async () => {
    throw new HungCall('read', 30_000);
  };
  const own = patience();
  await expect(patiently(hanging, own)).rejects.toThrow(HungCall);
  expect(own.breaker.why).toBeNull();
  await expect(patiently(hanging, own)).rejects.toThrow(HungCall);
  expect(own.breaker.why).toContain('30 s');
  await expect(patiently(failing('EHOSTDOWN', 1), patience())).rejects.toThrow(SourceDown);
});
