import type { JsonLayout } from './json-layout.js';
import { JsonRowWalk } from './json-row-walk.js';
import type { RecordSink } from './record.js';
import { behind, type Place } from './text-window.js';

/** Hands records that are like those before on as they stand in the file. */
export class JsonLane {
  readonly #sink: RecordSink;
  readonly #layout: JsonLayout;
  readonly #walk: JsonRowWalk;
  /** Rows of the records that were handed on last, those of child tables among them. */
  rows = 0;

  constructor(sink: RecordSink, layout: JsonLayout) {
    this.#sink = sink;
    this.#layout = layout;
    this.#walk = new JsonRowWalk(layout, () => sink.ownCells);
  }

  /** Takes the records at the front of `bytes`, about so many rows at once; returns the place behind those it could take. */
  take(bytes: Buffer, start: Place, inArray: boolean, rows: number): Place {
    const { cells, lists, starts, ends } = this.#walk;
    const used = this.#layout.mixed.size > 0 ? 0 : this.#walk.read(bytes, start.line, inArray, rows);
    this.rows = used === 0 ? 0 : cells.records + lists.count;
    if (used === 0) return start;
    const lines = cells.lines.slice(0, cells.records);
    this.#layout.announce();
    const refused = this.#sink.block(cells, this.#layout.children.length === 0 ? null : lists);
    for (const [record, problem] of refused) {
      const from = starts[record] ?? 0;
      const raw = bytes.toString('utf8', from, ends[record]);
      const byteOffset = start.byteOffset + from;
      this.#sink.reject({ ...problem, line: lines[record] ?? 1, byteOffset, raw });
    }
    return behind(start, bytes.subarray(0, used));
  }
}
