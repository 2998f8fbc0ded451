import { IngestError } from '../domain/errors.js';
import { JsonObject, type JsonValue } from './json-tree.js';
import { renamedMessage, UniqueNames } from './names.js';
import { type Cell, maxColumns, type RecordProblem, type RecordSink } from './record.js';

/** A key of the source at its path; a column once it holds a value. */
class Field {
  readonly children = new Map<string, Field>();
  readonly order: Field[] = [];
  column = -1;

  constructor(
    readonly key: string,
    readonly name: string,
  ) {}
}

/** Lays records out in columns: a nested object's members become columns `a_b`. The union grows as keys appear. */
export class JsonColumns {
  readonly #sink: RecordSink;
  readonly #root = new Field('', '');
  readonly #unique = new UniqueNames();
  readonly #names: string[] = [];
  readonly #cells: Cell[] = [];
  #announced = -1;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Hands the record to the sink, new columns first. Throws IngestError `too_many_columns`. */
  emit(value: JsonValue, line: number): RecordProblem | null {
    this.#cells.fill(null);
    if (value instanceof JsonObject) this.#layOut(value, this.#root);
    else this.#put(this.#child(this.#root, 'value', 0), value);
    if (this.#announced !== this.#names.length) {
      this.#announced = this.#names.length;
      this.#sink.columns([...this.#names]);
    }
    return this.#sink.record(this.#cells, line);
  }

  #layOut(object: JsonObject, parent: Field): void {
    const { keys, values } = object;
    for (let index = 0; index < keys.length; index++) {
      const field = this.#child(parent, keys[index] ?? '', index);
      const value = values[index] ?? null;
      if (!(value instanceof JsonObject)) this.#put(field, value);
      else if (value.keys.length === 0) this.#put(field, null);
      else this.#layOut(value, field);
    }
  }

  /** `index` is where the key stands in its object: most often the same as in the record before. */
  #child(parent: Field, key: string, index: number): Field {
    const guess = parent.order[index];
    if (guess !== undefined && guess.key === key) return guess;
    return parent.children.get(key) ?? this.#addChild(parent, key);
  }

  #addChild(parent: Field, key: string): Field {
    const own = detached(key);
    const field = new Field(own, parent === this.#root ? own : `${parent.name}_${own}`);
    parent.children.set(own, field);
    parent.order.push(field);
    return field;
  }

  /** A `null` where objects were seen before needs no column. */
  #put(field: Field, cell: Cell): void {
    if (field.column === -1) {
      if (cell === null && field.children.size > 0) return;
      field.column = this.#addColumn(field.name);
    }
    this.#cells[field.column] = cell;
  }

  #addColumn(source: string): number {
    const column = this.#names.length;
    if (column === maxColumns) {
      throw new IngestError(
        'too_many_columns',
        `The records have more than ${maxColumns} different fields; a table can hold ${maxColumns} columns`,
        'Check whether keys hold data, such as identifiers or dates; turn them into values.',
      );
    }
    const name = this.#unique.take(source, column + 1);
    this.#names.push(name);
    this.#cells.push(null);
    if (name !== source) {
      const renamed = { position: column + 1, from: source, to: name };
      this.#sink.warn('renamed_columns', renamedMessage([renamed]));
    }
    return column;
  }
}

/** A copy that does not keep the block alive from which `text` was cut. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
