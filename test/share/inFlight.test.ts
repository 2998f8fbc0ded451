import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Flight } from '../../src/share/inFlight.ts';

/** How many of 60 calls were in flight at most. */
async function mostOf(flight: Flight): Promise<number> {
  let now = 0;
  let most = 0;
  const call = async () => {
    now += 1;
    most = Math.max(most, now);
    await setTimeout(2);
    now -= 1;
  };
  await Promise.all(Array.from({ length: 60 }, () => flight.inTurn(() => flight.timed(call))));
  return most;
}

test('calls in flight become more as answers come, up to a bound', async () => {
  expect(await mostOf(new Flight({ first: 2, most: 8 }))).toBe(8);
  expect(await mostOf(new Flight({ first: 3, most: 3 }))).toBe(3);
});

test('once there were too many, half of them is the bound, at last one', async () => {
  const flight = new Flight({ first: 2, most: 8 });
  await mostOf(flight);
  flight.halve();
  expect(await mostOf(flight)).toBe(4);
  for (let again = 0; again < 5; again += 1) flight.halve();
  expect(await mostOf(flight)).toBe(1);
});
