import fc from 'fast-check';
import { expect, test } from 'vitest';
import { datedFolders, datedGlob, isDated } from '../../src/share/dated.ts';

const byDay = datedFolders(['{yyyy}', '{mm}', '{dd}']);

test('folders of dates cover the way to them and what lies in them, nothing else', () => {
  for (const folder of ['', '2026', '2026/11', '2026/11/03', '2026/11/03/night']) {
    expect([folder, byDay.covers(folder)]).toEqual([folder, true]);
  }
  for (const folder of ['old', '2026/november', '26/11', '2026/11/3']) {
    expect([folder, byDay.covers(folder)]).toEqual([folder, false]);
  }
  expect(byDay.holds('2026/11/03/a.csv')).toBe(true);
  expect(byDay.holds('2026/11/a.csv')).toBe(false);
  expect(byDay.holds('old/11/03/a.csv')).toBe(false);
});

test.each([
  ['2025', new Date(2026, 0, 1), true],
  ['2026', new Date(2026, 11, 31), false],
  ['2026/10', new Date(2026, 10, 1), true],
  ['2026/10/31', new Date(2026, 9, 31, 23), false],
  ['2026/10/31/deep/er', new Date(2026, 10, 1), true],
  ['', new Date(2030, 0, 1), false],
])('%s is before %s: %s', (folder, time, before) => {
  expect(byDay.isBefore(folder, time.getTime())).toBe(before);
});

test('a folder is before a time if and only if its last millisecond is', () => {
  const day = fc.date({ min: new Date(1990, 0, 1), max: new Date(2090, 0, 1), noInvalidDate: true });
  fc.assert(
    fc.property(day, day, (named, time) => {
      const [year, month, date] = [named.getFullYear(), named.getMonth(), named.getDate()];
      const folder = [year, month + 1, date].map((part) => String(part).padStart(2, '0')).join('/');
      const last = new Date(year, month, date + 1).getTime() - 1;
      expect(byDay.isBefore(folder, time.getTime())).toBe(last < time.getTime());
    }),
  );
});

test('dates may stand within a name, with other folders between them, and down to the hour', () => {
  const mixed = datedFolders(['line-{yyyy}-{mm}', 'raw', '{dd}T{HH}']);
  expect(mixed.holds('line-2026-11/raw/03T07/a.csv')).toBe(true);
  expect(mixed.isBefore('line-2026-11/raw/03T07', new Date(2026, 10, 3, 8).getTime())).toBe(true);
  expect(mixed.isBefore('line-2026-11/raw/03T07', new Date(2026, 10, 3, 7, 59).getTime())).toBe(false);
});

test('a last part that names files is no folder', () => {
  expect(datedFolders(['{yyyy}', '{mm}.csv']).depth).toBe(1);
  expect(datedFolders(['{yyyy}', '{mm}', '*_lot.csv']).depth).toBe(2);
  expect(datedGlob('{yyyy}-{mm}.csv')).toBe(`${'[0-9]'.repeat(4)}-${'[0-9]'.repeat(2)}.csv`);
  expect([isDated('{mm}'), isDated('{a,b}')]).toEqual([true, false]);
});
