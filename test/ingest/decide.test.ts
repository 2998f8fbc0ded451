import { describe, expect, test } from 'vitest';
import type { FileStatus } from '../../src/domain/file.ts';
import { type Decision, type DecisionSettings, decide, isUnsettled } from '../../src/ingest/decide.ts';
import { newEntry } from '../../src/ingest/entry.ts';
import type { LedgerEntry } from '../../src/store/ledger.ts';

const second = 1_000_000_000n;
const mtime = 1_700_000_000n * second;
const found = { size: 100, mtimeNs: mtime };

/** A file that was loaded long after it had been written. */
function loaded(more: Partial<LedgerEntry> = {}): LedgerEntry {
  const about = { table: 't', reason: 'new', settingsHash: 'today', runId: 1 };
  return {
    ...newEntry({ source: 's', path: 'a.csv', ...found }, about),
    fileId: 1,
    status: 'loaded',
    sha256: 'content',
    lookedAtNs: mtime + 3600n * second,
    ...more,
  };
}

const plainly: DecisionSettings = {
  settingsHash: 'today',
  force: false,
  checksum: false,
  acceptShrink: false,
};
const unchanged: Decision = { action: 'skip', outcome: 'unchanged' };
const held: Decision = { action: 'skip', outcome: 'held' };

function read(reason: Extract<Decision, { action: 'read' }>['reason'], verify = false): Decision {
  return { action: 'read', reason, verify };
}

interface Case {
  readonly name: string;
  readonly entry?: Partial<LedgerEntry> | null;
  readonly found?: Partial<typeof found>;
  readonly settings?: Partial<DecisionSettings>;
  readonly decision: Decision;
}

function decisionOf({ entry = {}, found: now = {}, settings = {} }: Case): Decision {
  return decide(
    entry === null ? undefined : loaded(entry),
    { ...found, ...now },
    { ...plainly, ...settings },
  );
}

describe('the quick check', () => {
  test.each<Case>([
    { name: 'a file that is not in the ledger is new', entry: null, decision: read('new') },
    { name: 'same size and same mtime: unchanged, not opened', decision: unchanged },
    { name: 'another size is changed', found: { size: 101 }, decision: read('changed') },
    { name: 'a smaller size is changed', found: { size: 99 }, decision: read('changed') },
    { name: 'a newer mtime is changed', found: { mtimeNs: mtime + 1n }, decision: read('changed') },
    { name: 'an older mtime is changed', found: { mtimeNs: mtime - 1n }, decision: read('changed') },
    {
      name: 'an mtime set far back is changed',
      found: { mtimeNs: 0n },
      decision: read('changed'),
    },
    {
      name: 'a duplicate with the same size and mtime is unchanged',
      entry: { status: 'duplicate', duplicateOf: 2 },
      decision: unchanged,
    },
    {
      name: 'a missing file that is back as it was is unchanged',
      entry: { status: 'missing' },
      decision: unchanged,
    },
    {
      name: 'a missing file that is back as another is changed',
      entry: { status: 'missing' },
      found: { size: 1 },
      decision: read('changed'),
    },
    {
      name: 'a missing file whose rows were removed is new',
      entry: { status: 'missing', sha256: null },
      decision: read('new'),
    },
  ])('$name', (row) => expect(decisionOf(row)).toEqual(row.decision));
});

describe('a file last looked at within 2 s of its mtime', () => {
  test.each<Case>([
    {
      name: 'is hashed once more',
      entry: { lookedAtNs: mtime + 2n * second - 1n },
      decision: read('changed', true),
    },
    {
      name: 'is hashed once more if its mtime lay a little ahead',
      entry: { lookedAtNs: mtime - 2n * second + 1n },
      decision: read('changed', true),
    },
    {
      name: 'is not hashed when the look came 2 s later',
      entry: { lookedAtNs: mtime + 2n * second },
      decision: unchanged,
    },
    {
      name: 'is not hashed at every run if its mtime lies far ahead',
      entry: { lookedAtNs: mtime - 3600n * second },
      decision: unchanged,
    },
    {
      name: 'is changed outright when size or mtime differ',
      entry: { lookedAtNs: mtime },
      found: { size: 7 },
      decision: read('changed'),
    },
  ])('$name', (row) => expect(decisionOf(row)).toEqual(row.decision));
});

describe('options', () => {
  test.each<Case>([
    { name: '--force reads an unchanged file', settings: { force: true }, decision: read('forced') },
    {
      name: '--force reads a held file',
      entry: heldVersion(),
      settings: { force: true },
      decision: read('forced'),
    },
    { name: '--force leaves a new file new', entry: null, settings: { force: true }, decision: read('new') },
    {
      name: '--checksum compares the content of an unchanged file',
      settings: { checksum: true },
      decision: read('changed', true),
    },
    {
      name: '--accept-shrink reads no file that is in order',
      settings: { acceptShrink: true },
      decision: unchanged,
    },
  ])('$name', (row) => expect(decisionOf(row)).toEqual(row.decision));
});

describe('settings', () => {
  test.each<Case>([
    {
      name: 'a file loaded under other settings is loaded again',
      entry: { settingsHash: 'yesterday' },
      decision: read('settings'),
    },
    {
      name: 'so is a duplicate',
      entry: { status: 'duplicate', duplicateOf: 2, settingsHash: 'yesterday' },
      decision: read('settings'),
    },
    {
      name: 'so is one that is held',
      entry: { ...heldVersion(), settingsHash: 'yesterday' },
      decision: read('settings'),
    },
  ])('$name', (row) => expect(decisionOf(row)).toEqual(row.decision));
});

describe('a held file', () => {
  const now = { size: 10, mtimeNs: mtime + second };
  test.each<Case>([
    { name: 'is not read again while it stays as it is', entry: heldVersion(), found: now, decision: held },
    {
      name: 'nor under other settings, under which it would be held again and again',
      entry: { ...heldVersion(), settingsHash: 'yesterday' },
      found: now,
      decision: held,
    },
    {
      name: 'is read with --accept-shrink',
      entry: heldVersion(),
      found: now,
      settings: { acceptShrink: true },
      decision: read('changed'),
    },
    {
      name: 'is judged afresh when it changes',
      entry: heldVersion(),
      found: { ...now, size: 11 },
      decision: read('changed'),
    },
    {
      name: 'is compared when it looks as it did before it shrank',
      entry: heldVersion(),
      decision: read('changed', true),
    },
  ])('$name', (row) => expect(decisionOf(row)).toEqual(row.decision));
});

test.each<FileStatus>(['failed', 'deferred'])(
  'a %s file is tried again each run, whatever it looks like',
  (status) => {
    expect(decisionOf({ name: '', entry: { status }, decision: unchanged })).toEqual(read('retry'));
    expect(decisionOf({ name: '', entry: { status, sha256: null }, decision: unchanged })).toEqual(
      read('retry'),
    );
    expect(decisionOf({ name: '', entry: { status }, found: { size: 3 }, decision: unchanged })).toEqual(
      read('retry'),
    );
  },
);

describe('a file may still be being written', () => {
  test.each([
    { name: 'modified now', ago: 0n, unsettled: true },
    { name: 'modified just within the settle time', ago: 2n * second - 1n, unsettled: true },
    { name: 'modified the settle time ago', ago: 2n * second, unsettled: false },
    { name: 'dated in the future', ago: -3600n * second, unsettled: true },
    { name: 'modified long ago', ago: 3600n * second, unsettled: false },
  ])('$name: $unsettled', ({ ago, unsettled }) => {
    expect(isUnsettled({ size: 1, mtimeNs: mtime - ago }, mtime, 2000)).toBe(unsettled);
  });
});

function heldVersion(): Partial<LedgerEntry> {
  return { status: 'held', heldSize: 10, heldMtimeNs: mtime + second };
}
