import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';
import { parseUntil, parseWhen } from '../../src/config/when.ts';
import { IngestError } from '../../src/domain/errors.ts';
import { errorOf } from './folder.ts';

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const now = new Date('2026-11-01T14:30:00Z');
const hour = 3_600_000_000_000n;

function at(iso: string): bigint {
  return BigInt(Date.parse(iso)) * 1_000_000n;
}

describe('since', () => {
  test.each([
    ['2026-11-01', '2026-10-31T23:00:00Z'],
    ['2026-07-01', '2026-06-30T22:00:00Z'],
    ['2026-11-01T14:30', '2026-11-01T13:30:00Z'],
    ['2026-11-01 14:30:05', '2026-11-01T13:30:05Z'],
    ['2026-11-01T14:30Z', '2026-11-01T14:30:00Z'],
    ['2026-11-01t14:30z', '2026-11-01T14:30:00Z'],
    ['2026-11-01T14:30:00+02:00', '2026-11-01T12:30:00Z'],
    ['2026-11-01T14:30:00-0530', '2026-11-01T20:00:00Z'],
    ['2026-11-01T14:30:00.5+02', '2026-11-01T12:30:00.500Z'],
    ['36h', '2026-10-31T02:30:00Z'],
    ['7d', '2026-10-25T14:30:00Z'],
    ['2w', '2026-10-18T14:30:00Z'],
    ['30m', '2026-11-01T14:00:00Z'],
    ['today', '2026-10-31T23:00:00Z'],
    ['yesterday', '2026-10-30T23:00:00Z'],
    ['2024-02-29', '2024-02-28T23:00:00Z'],
  ])('%s means %s', (text, iso) => {
    expect(parseWhen(text, now)).toBe(at(iso));
  });

  test('keeps nanoseconds', () => {
    expect(parseWhen('2026-11-01T14:30:00.123456789Z', now)).toBe(at('2026-11-01T14:30:00Z') + 123_456_789n);
  });

  test('knows the last run', () => {
    expect(parseWhen('last-run', now)).toBe('last-run');
  });
});

describe('until', () => {
  test('includes a whole day, also one of 23 hours', () => {
    const start = parseWhen('2026-03-29', now);
    expect(parseUntil('2026-03-29', now)).toBe((start === 'last-run' ? 0n : start) + 23n * hour - 1n);
  });

  test.each(['yesterday', '2026-10-31'])('%s ends where today starts', (text) => {
    expect(parseUntil(text, now)).toBe(at('2026-10-31T23:00:00Z') - 1n);
  });

  test('takes a point in time as it is', () => {
    expect(parseUntil('2026-11-01T14:30Z', now)).toBe(at('2026-11-01T14:30:00Z'));
  });

  test('refuses last-run', () => {
    const error = errorOf(() => parseUntil('last-run', now));
    expect([error.message, error.hint]).toEqual([
      '--until: last-run is a start, not an end',
      'use it with --since',
    ]);
  });
});

test.each([
  '',
  'yesterdya',
  '2026-11',
  '2026-02-30',
  '2026-13-01',
  '0050-01-01',
  '2026-11-01T24:00',
  '2026-11-01T12:60',
  '2026-11-01T12',
  '20261101',
  '-7d',
  '7 d',
  '7y',
  'd',
])('"%s" is no time, and the error shows some', (text) => {
  const error = errorOf(() => parseWhen(text, now, 'INGEST_SINCE'));
  expect(error.exitCode).toBe(2);
  expect(error.message).toBe(`INGEST_SINCE: "${text}" is not a time`);
  expect(error.hint).toContain('36h');
});

test('any text is a time within 64 bits or an IngestError', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/),
    fc.stringMatching(/^\d{1,9}(ms|s|m|h|d|w)$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const value = parseUntil(text, now);
        expect(BigInt.asIntN(64, value)).toBe(value);
      } catch (error) {
        expect(error).toBeInstanceOf(IngestError);
      }
    }),
  );
});

test('an ISO time means what Date says of it', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1700-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
      (date) => {
        expect(parseWhen(date.toISOString(), now)).toBe(BigInt(date.getTime()) * 1_000_000n);
      },
    ),
  );
});

test.each([
  ['500ms', 500],
  ['2s', 2_000],
  ['1.5s', 1_500],
  ['0s', 0],
  ['36h', 129_600_000],
  ['2w', 1_209_600_000],
  ['2', null],
  ['s', null],
  ['2S', null],
  ['', null],
])('the duration %s is %s ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
