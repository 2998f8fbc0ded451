import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import {
  identityBytes,
  type ProfiledColumns,
  type SegmentFile,
  type Shape,
} from '../../src/domain/segment.ts';
import { LaneAdmission } from '../../src/format/csv-lane.ts';
import { Entangled } from '../../src/format/entangled.ts';
import { type FieldLore, FieldsToLearn, noLore } from '../../src/format/json-names.ts';
import type { RecordReader, RecordSink } from '../../src/format/record.ts';
import type { Block, Helpers } from '../../src/format/spread.ts';
import { type BlockJob, BlockParser, type ParsedBlock } from '../../src/parse/blockParser.ts';
import { type Crew, type Helper, SharedFile } from '../../src/parse/crew.ts';
import { Recorder, type RecorderJob } from '../../src/parse/recorder.ts';
import type { NewFile } from '../../src/segment/newFile.ts';
import { SqliteFile } from '../../src/segment/sqliteFile.ts';
import { SegmentWriter } from '../../src/segment/writer.ts';

/** Opens the reader of a file. */
export type Open = (sink: RecordSink, helpers: Helpers | null, lore: FieldLore) => RecordReader;

/** What a file came to, without how it was divided. */
export interface Came {
  readonly records: readonly unknown[];
  readonly children: readonly unknown[];
  readonly rejects: readonly unknown[];
  readonly preamble: readonly unknown[];
  readonly about: unknown;
  readonly failure: string | null;
}

/** A helper of this thread: it parses when it is asked for answers, as `moody` says. */
class InlineHelper implements Helper {
  readonly #blocks: Block[] = [];
  #parser: BlockParser | null = null;

  constructor(readonly moody: () => boolean) {}

  open(job: BlockJob): void {
    this.#parser = new BlockParser(structuredClone(job), new LaneAdmission());
  }

  give(block: Block): void {
    this.#blocks.push(structuredClone(block));
  }

  answers(): ParsedBlock[] {
    return this.moody() ? this.parse(this.#blocks.length) : [];
  }

  parse(blocks: number): ParsedBlock[] {
    return this.#blocks.splice(0, blocks).flatMap((block) => {
      const parsed = this.#parser?.parse(block);
      return parsed ? [structuredClone(parsed)] : [];
    });
  }

  close(): void {
    this.#parser?.close();
  }
}

/** Helpers that answer at times which `moods` decides, over and over. */
class InlineCrew implements Crew {
  readonly helpers: readonly Helper[];
  answered = 0;
  #turn = 0;
  #waits = false;

  constructor(helpers: number, moods: readonly boolean[]) {
    const moody = () => {
      this.#turn += 1;
      return this.#waits || (moods[this.#turn % moods.length] ?? true);
    };
    this.helpers = Array.from({ length: helpers }, () => new InlineHelper(moody));
  }

  gather(): void {}

  dismiss(): void {}

  wait(): void {
    this.#waits = true;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ingest-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let files = 0;

export interface Sharing {
  readonly helpers: number;
  readonly moods: readonly boolean[];
  /** Bytes of a chunk. */
  readonly chunk: number;
}

/** How often files were shared, and how often that had to be given up. */
export const shared = { files: 0, blocks: 0, entangled: 0 };

/** Reads a file into a segment, alone or shared, as a large file is read; returns what stands there. */
export function recorded(
  bytes: Buffer,
  job: RecorderJob,
  open: Open,
  sharing: Sharing | null,
  newFile: (path: string) => NewFile = (path) => new SqliteFile(path),
): Came {
  files += 1;
  const path = join(folder, `${files}.segment`);
  const segment = new SegmentWriter(newFile(path));
  // Something of another file stands before it.
  segment.beginFile();
  const { recorder, failure, readings } = attempt(segment, { bytes, job, open, sharing }, noLore);
  const part = recorder.part();
  shared.blocks += part.stretches.length;
  segment.close();
  const { stored, rejected, childRows, children } = part;
  const columns = profiled(part.columns);
  const lists = children.map(({ shapes: _, ...child }) => ({ ...child, columns: profiled(child.columns) }));
  const reading = recorder.reading();
  const about = { columns, stored, rejected, childRows, lists, reading, warnings: recorder.warnings };
  const came = failure === null ? contents(path, part, segment.shapes, readings) : nothing;
  rmSync(path);
  return { ...came, about: failure === null ? about : null, failure };
}

interface Attempt {
  readonly bytes: Buffer;
  readonly job: RecorderJob;
  readonly open: Open;
  readonly sharing: Sharing | null;
}

/** Reads a file, and once more into the same segment where its first reading must be given up. */
function attempt(
  segment: SegmentWriter,
  one: Attempt,
  lore: FieldLore,
  readings = 1,
): { readonly recorder: Recorder; readonly failure: string | null; readonly readings: number } {
  const { bytes, job, open, sharing } = one;
  const recorder = new Recorder(segment, job);
  const file = sharing && new SharedFile(new InlineCrew(sharing.helpers, sharing.moods), recorder, () => {});
  try {
    const reader = open(recorder, file, lore);
    const chunk = sharing?.chunk ?? bytes.length + 1;
    for (let at = 0; at < bytes.length; at += chunk) reader.push(Buffer.from(bytes.subarray(at, at + chunk)));
    reader.end();
    if (file?.wasShared) shared.files += 1;
    return { recorder, failure: null, readings };
  } catch (error) {
    file?.close();
    if (error instanceof FieldsToLearn) return attempt(segment, one, error.lore, readings + 1);
    if (file?.wasShared && (error instanceof Entangled || error instanceof IngestError)) {
      shared.entangled += 1;
      return attempt(segment, { ...one, sharing: null }, lore, readings + 1);
    }
    if (!(error instanceof IngestError)) throw error;
    return { recorder, failure: `${error.code}: ${error.message}`, readings };
  } finally {
    file?.close();
  }
}

/** Without the count of empty values, which depends on when a column was first seen to be there. */
function profiled(columns: ProfiledColumns): ProfiledColumns {
  return columns.map(({ name, profile }) => ({ name, profile: { ...profile, empty: 0 } }));
}

const nothing = { records: [], children: [], rejects: [], preamble: [] };

type ChildRow = [m: number, line: number, record: number, parent: number | null, place: number, ...unknown[]];

/** What stands in the segment of a file; numbers count from 0 in the order of the file. */
function contents(
  path: string,
  part: SegmentFile,
  shapes: readonly Shape[],
  readings: number,
): Omit<Came, 'about' | 'failure'> {
  const db = new Database(path, { readonly: true });
  try {
    const found = db.prepare('PRAGMA integrity_check(1000)').pluck().all().join('\n').split('\n');
    // Pages of what was given up belong to nobody.
    const faults = found.filter((line) => !/^ok$|^\*\*\* in database|never used$/.test(line));
    expect(faults).toEqual([]);
    if (readings === 1) expect(found).toEqual(['ok']);
    const at = placesOf(part);
    const rows = (table: string) => db.prepare(`SELECT * FROM ${table}`).raw().all() as unknown[][];
    const records: unknown[] = [];
    const children: unknown[] = [];
    const identities = new Map<number, string>();
    for (const [first, block] of rows('_ingest_segment_identities') as [number, Buffer][]) {
      for (let i = 0; i * identityBytes < block.length; i += 1)
        identities.set(first + i, block.toString('hex', i * identityBytes, (i + 1) * identityBytes));
    }
    for (const [number, { columns, decimalComma, list }] of shapes.entries()) {
      for (const row of rows(`_ingest_rows_${number}`).filter(([first]) => at.has(Number(first), list))) {
        if (list === null) {
          const [n, line, identity, ...cells] = row as [number, number, Buffer | null, ...unknown[]];
          const known = identity?.toString('hex') ?? identities.get(n);
          records[at.record(n)] = { line, known, decimalComma, ...said(columns, cells) };
        } else {
          const [m, line, record, parent, place, ...cells] = row as ChildRow;
          const inRow = parent === null ? null : at.row(parent);
          const lies = { line, record: at.record(record), parent: inRow, place, list };
          children[at.row(m)] = { ...lies, ...said(columns, cells) };
        }
      }
    }
    // Of a reading that was given up something may stay, which nobody asks for.
    const ofFile = (table: string) => rows(table).filter(([, file]) => file === part.file);
    const rejects = ofFile('_ingest_segment_rejects').map(([, , ...reject]) => reject);
    const preamble = ofFile('_ingest_segment_preamble').map(([, , ...entry]) => entry);
    return { records, children, rejects, preamble };
  } finally {
    db.close();
  }
}

function said(columns: readonly string[], cells: readonly unknown[]): Record<string, unknown> {
  const entries = columns.map((name, i) => [`cell ${name}`, cells[i]] as const);
  return Object.fromEntries(entries.filter(([, cell]) => cell !== null));
}

interface Places {
  readonly record: (n: number) => number;
  readonly row: (m: number) => number;
  /** Whether a record, or a row of a list, lies in a stretch. */
  readonly has: (number: number, list: string | null) => boolean;
}

/** The places of records and child rows by their numbers in the segment. */
function placesOf({ stretches }: SegmentFile): Places {
  const records = new Map<number, number>();
  const rows = new Map<number, number>();
  for (const { firstN, stored, firstM, childRows } of stretches) {
    for (let i = 0; i < stored; i += 1) records.set(firstN + i, records.size);
    for (let i = 0; i < childRows; i += 1) rows.set(firstM + i, rows.size);
  }
  const found = (places: Map<number, number>, number: number) => {
    const place = places.get(number);
    if (place === undefined) throw new Error(`${number} lies in no stretch`);
    return place;
  };
  return {
    record: (n) => found(records, n),
    row: (m) => found(rows, m),
    has: (number, list) => (list === null ? records : rows).has(number),
  };
}
