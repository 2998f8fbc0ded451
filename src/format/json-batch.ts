import type { JsonLayout } from './json-layout.js';
import type { ReadRecord, RecordSink } from './record.js';
import type { TextWindow } from './text-window.js';

/** A record that is laid out and waits to be handed on, by its place in the text at hand. */
interface Waiting {
  readonly record: ReadRecord;
  readonly start: number;
  readonly end: number;
}

/** Records of the text at hand that wait to be handed on together. */
export class JsonBatch {
  readonly #sink: RecordSink;
  readonly #layout: JsonLayout;
  #waiting: Waiting[] = [];
  /** Rows of the records that wait, those of child tables among them. */
  rows = 0;

  constructor(sink: RecordSink, layout: JsonLayout) {
    this.#sink = sink;
    this.#layout = layout;
  }

  add(record: ReadRecord, start: number, end: number): void {
    this.rows += 1 + record.children.length;
    this.#waiting.push({ record, start, end });
  }

  /** Hands the records that wait to the sink, and rejects those that it refuses. */
  handOn(window: TextWindow): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.rows = 0;
    if (waiting.length === 0 || this.#layout.mixed.size > 0) return;
    this.#layout.announce();
    const refused = this.#sink.records(waiting.map(({ record }) => record));
    for (const [index, problem] of refused) {
      const { start = 0, end = 0, record } = waiting[index] ?? {};
      const { byteOffset } = window.markAt(start);
      const raw = window.text.slice(start, end);
      this.#sink.reject({ line: record?.line ?? 1, byteOffset, raw, ...problem });
    }
  }
}
