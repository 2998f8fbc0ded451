import { hash } from 'node:crypto';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Identities } from '../../src/store/identities.ts';
import { Repeats } from '../../src/store/repeats.ts';
import { RowIdentities } from '../../src/store/rowIdentities.ts';
import { migrate } from '../../src/store/schema.ts';

/** So few recent rows that a few records make old ones of them. */
const tiny = () => 20;

function identityOf(word: string): Buffer {
  return hash('sha256', word, 'buffer').subarray(0, 16);
}

function newDatabase(): Database.Database {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  return db;
}

/** Records of a block: a few, so that files have some. */
const blockRecords = 7;

/** Claims a file's records, in blocks as a segment has them; returns which share which row. */
function load(db: Database.Database, identities: RowIdentities, first: number, words: readonly string[]) {
  const repeats = new Repeats(db, first);
  const shared = new Map<number, number>();
  const blocks = Array.from({ length: Math.ceil(words.length / blockRecords) }, (_, block) => ({
    first: first + block * blockRecords,
    identities: Buffer.concat(
      words.slice(block * blockRecords, (block + 1) * blockRecords).map((word) => identityOf(word)),
    ),
  }));
  identities.foresee(blocks);
  for (const block of blocks) {
    for (const { record, row } of identities.claim(block.first, block.identities, repeats))
      shared.set(record, row);
  }
  return shared;
}

/** The rule itself, without any index: the n-th equal record of a file is equal to the n-th of another. */
class Model {
  readonly rows = new Map<string, number>();

  load(first: number, words: readonly string[]): Map<number, number> {
    const shared = new Map<number, number>();
    const counts = new Map<string, number>();
    for (const [i, word] of words.entries()) {
      const nth = (counts.get(word) ?? 0) + 1;
      counts.set(word, nth);
      const row = this.rows.get(`${word}#${nth}`);
      if (row === undefined) this.rows.set(`${word}#${nth}`, first + i);
      else shared.set(first + i, row);
    }
    return shared;
  }

  remove(first: number, last: number): void {
    for (const [name, row] of this.rows) if (row >= first && row <= last) this.rows.delete(name);
  }
}

const words = fc.array(fc.integer({ min: 0, max: 40 }).map(String), { minLength: 1, maxLength: 60 });
const step = fc.oneof(
  { weight: 6, arbitrary: words.map((said) => ({ kind: 'load' as const, words: said })) },
  { weight: 2, arbitrary: fc.nat().map((which) => ({ kind: 'remove' as const, which })) },
  // Most exports say again what others said, in the same order.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(), without: fc.nat() }),
  },
  { weight: 1, arbitrary: words.map((said) => ({ kind: 'rollBack' as const, words: said })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('late' as const),
      which: fc.nat(),
      word: fc.integer({ min: 0, max: 60 }).map(String),
    }),
  },
);

/** What one of the files said, but for one word. */
function again(said: readonly string[][], { which, without }: { which: number; without: number }): string[] {
  const words = said[which % Math.max(1, said.length)] ?? ['a'];
  return words.length === 1 ? [...words] : words.toSpliced(without % words.length, 1);
}

describe('the rows that records are equal to', () => {
  test('are found whatever was loaded, removed, rolled back and read again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const db = newDatabase();
        const model = new Model();
        let identities = new RowIdentities(db, 't', tiny);
        const files: { first: number; last: number; late: number }[] = [];
        const said: string[][] = [];
        let next = 1;
        for (const one of steps) {
          if (one.kind === 'reopen') identities = new RowIdentities(db, 't', tiny);
          if (one.kind === 'load' || one.kind === 'again') {
            const words = one.kind === 'load' ? one.words : again(said, one);
            said.push(words);
            expect(load(db, identities, next, words)).toEqual(model.load(next, words));
            identities.committed();
            // Two record ids are left for records that come late.
            const late = next + words.length;
            files.push({ first: next, last: late + 1, late });
            next = late + 2;
          }
          if (one.kind === 'late') {
            const file = files[one.which % Math.max(1, files.length)];
            if (!file || file.late > file.last) continue;
            const name = `${one.word}#1`;
            expect(identities.rowOf(identityOf(one.word))).toBe(model.rows.get(name) ?? null);
            if (model.rows.has(name)) continue;
            identities.claimLate(file.late, identityOf(one.word));
            model.rows.set(name, file.late);
            file.late += 1;
          }
          if (one.kind === 'rollBack') {
            db.exec('BEGIN');
            load(db, identities, next, one.words);
            db.exec('ROLLBACK');
            if (!identities.rolledBack()) identities = new RowIdentities(db, 't', tiny);
          }
          if (one.kind === 'remove' && files.length > 0) {
            const [gone] = files.splice(one.which % files.length, 1);
            if (gone) identities.remove(gone);
            if (gone) model.remove(gone.first, gone.last);
          }
        }
        db.close();
      }),
      { numRuns: 300 },
    );
  });

  test('are found of a file that makes old ones of its own rows while it is looked ahead', () => {
    const db = newDatabase();
    const identities = new RowIdentities(db, 't', tiny);
    const model = new Model();
    const some = (prefix: string) => Array.from({ length: 25 }, (_, i) => `${prefix}${(i * 7) % 25}`);
    let next = 1;
    // Rows found here and there; then new ones, each said twice.
    for (const words of [some('a'), some('a').reverse(), [...some('b'), ...some('b').reverse()]]) {
      expect(load(db, identities, next, words)).toEqual(model.load(next, words));
      next += words.length;
    }
    expect(load(db, identities, next, some('b'))).toEqual(model.load(next, some('b')));
    const kept = new Set(db.prepare('SELECT hex(identities) FROM _ingest_row_identity_t').pluck().all());
    const own = [...kept]
      .flatMap((hex) => String(hex).match(/.{32}/g) ?? [])
      .filter((hex) => /[^0]/.test(hex));
    expect(new Set(own).size).toBe(own.length);
  });

  test('are found under the record that took a row over', () => {
    const db = newDatabase();
    const identities = new RowIdentities(db, 't', tiny);
    load(db, identities, 1, ['a', 'b']);
    expect(load(db, identities, 3, ['b'])).toEqual(new Map([[3, 2]]));
    identities.move(2, 3);
    identities.remove({ first: 1, last: 2 });
    expect(load(db, identities, 4, ['a', 'b'])).toEqual(new Map([[5, 3]]));
  });

  test('no longer include one whose identity was released', () => {
    const db = newDatabase();
    const identities = new RowIdentities(db, 't', tiny);
    load(db, identities, 1, ['a', 'b']);
    identities.release(1);
    expect(load(db, identities, 3, ['a', 'b'])).toEqual(new Map([[4, 2]]));
  });

  test('include one that came late, after the lookup table was written', () => {
    const db = newDatabase();
    const early = Array.from({ length: 30 }, (_, i) => `early ${i}`);
    const identities = new RowIdentities(db, 't', tiny);
    load(db, identities, 1, early);
    load(
      db,
      identities,
      40,
      early.map((word) => `${word}, again`),
    );
    identities.claimLate(31, identityOf('late'));
    const again = new RowIdentities(db, 't', tiny);
    expect(again.rowOf(identityOf('late'))).toBe(31);
    expect(load(db, again, 100, ['late', 'early 1'])).toEqual(
      new Map([
        [100, 31],
        [101, 2],
      ]),
    );
  });

  test('no longer include those of a part of a file that is gone, and still all others', () => {
    const words = Array.from({ length: 600 }, (_, i) => `word ${i}`);
    for (const [first, last] of [
      [1, 1],
      [250, 250],
      [3, 7],
      [240, 260],
      [251, 500],
      [100, 600],
    ] as const) {
      const db = newDatabase();
      const identities = new RowIdentities(db, 't', tiny);
      load(db, identities, 1, words);
      identities.remove({ first, last });
      const shared = load(db, identities, 1001, words);
      const kept = words.map((_, i) => i + 1).filter((record) => record < first || record > last);
      expect([...shared.values()]).toEqual(kept);
    }
  });

  test('include one that came late, within a block, also for who reads them again', () => {
    const db = newDatabase();
    const identities = new RowIdentities(db, 't', tiny);
    const words = Array.from({ length: 60 }, (_, i) => `word ${i}`);
    load(db, identities, 1, words);
    identities.release(5);
    identities.claimLate(5, identityOf('late'));
    const again = new RowIdentities(db, 't', tiny);
    expect(load(db, again, 1001, ['late'])).toEqual(new Map([[1001, 5]]));
  });

  test('are those of one table', () => {
    const identities = new Identities(newDatabase());
    load(identities.db, identities.of({ name: 'one' }), 1, ['a']);
    expect(load(identities.db, identities.of({ name: 'two' }), 2, ['a'])).toEqual(new Map());
    expect(load(identities.db, identities.of({ name: 'ONE' }), 3, ['a'])).toEqual(new Map([[3, 1]]));
  });

  test('share the memory for recent ones among all tables', () => {
    const db = newDatabase();
    const identities = new Identities(db, 40);
    const names = ['a', 'b', 'c', 'd'];
    const words = Array.from({ length: 12 }, (_, i) => `word ${i}`);
    load(db, identities.of({ name: 'a' }), 1, words);
    expect(db.prepare('SELECT count(*) FROM _ingest_row_prefixes').pluck().get()).toBe(0);
    for (const [i, name] of names.entries()) load(db, identities.of({ name }), 100 * (i + 1), words.slice(1));
    expect(
      db.prepare('SELECT DISTINCT table_name FROM _ingest_row_prefixes ORDER BY 1').pluck().all(),
    ).toEqual(['d']);
    for (const [i, name] of names.entries()) load(db, identities.of({ name }), 1000 * (i + 1), ['x']);
    const shared = names.map((name, i) => load(db, identities.of({ name }), 10_000 * (i + 1), words).size);
    expect(shared).toEqual([12, 11, 11, 11]);
    expect(db.prepare('SELECT count(DISTINCT table_name) FROM _ingest_row_prefixes').pluck().get()).toBe(4);
  });

  test('do not fill the lookup table with those that are gone', () => {
    const db = newDatabase();
    const identities = new RowIdentities(db, 't', tiny);
    for (let night = 0; night < 100; night += 1) {
      const first = 1 + night * 30;
      load(
        db,
        identities,
        first,
        Array.from({ length: 30 }, (_, i) => `${night} ${i}`),
      );
      if (night < 99) identities.remove({ first, last: first + 29 });
    }
    const kept = db.prepare('SELECT sum(length(records)) / 6 FROM _ingest_row_lookup_t').pluck().get();
    expect(Number(kept)).toBeLessThan(200);
  });
});
