import type { JsonLayout } from './json-layout.js';
import { JsonRowWalk } from './json-row-walk.js';
import type { RecordSink } from './record.js';
import { behind, type Place } from './text-window.js';

/** Records that the parser reads before the lane is tried again. */
const leastPatience = 8;
/** Records that are worth a try: to go on after it, the parser needs the text of all that is left of a block. */
const worthwhile = 64;

/** Hands records that are like those before on as they stand in the file. */
export class JsonLane {
  readonly #sink: RecordSink;
  readonly #layout: JsonLayout;
  readonly #walk: JsonRowWalk;
  /** Rows of the records that were handed on last, those of child tables among them. */
  rows = 0;
  #patience = leastPatience;
  /** Records that the parser has read since the last try. */
  #passed = 0;

  constructor(sink: RecordSink, layout: JsonLayout) {
    this.#sink = sink;
    this.#layout = layout;
    this.#walk = new JsonRowWalk(layout, () => sink.ownCells);
  }

  /** Notes that the parser has read a record. */
  pass(): void {
    this.#passed += 1;
  }

  /** Whether the parser has read so many that the lane should be tried again. */
  get isDue(): boolean {
    return this.#passed >= this.#patience && this.#layout.isByKeys;
  }

  /** Takes the records at the front of `bytes`, about so many rows at once; returns the place behind those it could take. */
  take(bytes: Buffer, start: Place, inArray: boolean, rows: number): Place {
    const { cells, lists } = this.#walk;
    const used = this.#layout.isByKeys ? this.#walk.read(bytes, start.line, inArray, rows) : 0;
    const records = used === 0 ? 0 : cells.records;
    this.#passed = 0;
    this.#patience = records < worthwhile ? this.#patience * 4 : leastPatience;
    this.rows = records === 0 ? 0 : records + lists.count;
    if (records > 0) this.#handOn(bytes, start.byteOffset);
    return behind(start, bytes.subarray(0, used));
  }

  #handOn(bytes: Buffer, byteOffset: number): void {
    const { cells, lists, starts, ends } = this.#walk;
    const lines = cells.lines.slice(0, cells.records);
    this.#layout.announce();
    const refused = this.#sink.block(cells, this.#layout.children.length === 0 ? null : lists);
    for (const [record, problem] of refused) {
      const from = starts[record] ?? 0;
      const raw = bytes.toString('utf8', from, ends[record]);
      this.#sink.reject({ line: lines[record] ?? 1, byteOffset: byteOffset + from, raw, ...problem });
    }
  }
}
