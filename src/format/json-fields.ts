import { IngestError } from '../domain/errors.js';
import { Entangled } from './entangled.js';
import { fieldPath, type NamesByPath, namesByPath, noNames } from './json-names.js';
import type { FieldFact, FieldKind } from './json-news.js';
import { renamedMessage, reservedInChildren, reservedNames, UniqueNames } from './names.js';
import { type Cell, type ChildOrigin, maxColumns, type RecordSink } from './record.js';

/** A key of the source at its path; a column once it is to hold a value. */
export class Field {
  readonly children = new Map<string, Field>();
  readonly order: Field[] = [];
  /** Objects and arrays are kept as their text. */
  readonly asText: boolean;
  /** The record or list itself, of which it has the members. */
  readonly isRoot: boolean;
  /** It stands beside the properties of a GeoJSON feature. */
  readonly beside: boolean;
  column = -1;
  kind: FieldKind | null = null;
  /** The child table that its lists make, and what that is called. */
  table: JsonTable | null = null;
  readonly listName: string;
  /** Its place among the members of its parent. */
  readonly place: number;
  /** The key as it stands in a file; null where it is written with escapes. */
  readonly bytes: Uint8Array | null;
  /** The last object that was seen to have it. */
  stamp = 0;

  constructor(
    readonly key: string,
    /** That of its column. */
    readonly name: string,
    /** The keys that lead from the record to it. */
    readonly path: readonly string[],
    { asText = false, isRoot = false, beside = false, place = 0, listName = name },
  ) {
    this.listName = listName;
    this.asText = asText;
    this.isRoot = isRoot;
    this.beside = beside;
    this.place = place;
    this.bytes = isPlain(key) ? Buffer.from(key) : null;
  }

  /** Whether a value in it, one that says something, is nothing new. */
  get takesValue(): boolean {
    return this.column >= 0 && (this.kind === 'value' || (this.asText && this.kind !== null));
  }

  /** Whether a `null` in it is nothing new. */
  get takesNothing(): boolean {
    return this.column >= 0 || needsNoColumn(this);
  }
}

/** Whether no character of a key needs an escape. */
function isPlain(key: string): boolean {
  return JSON.stringify(key) === `"${key}"`;
}

function needsNoColumn({ kind }: Field): boolean {
  return kind === 'object' || kind === 'list';
}

/** Told of what is found out of a field. */
export type NoteField = (table: JsonTable, field: Field, fact: FieldFact) => void;

/** The columns of the records, or of the objects in one list of theirs. The union grows as keys appear. */
export class JsonTable {
  readonly root: Field;
  readonly names: string[] = [];
  readonly #fields: Field[] = [];
  readonly #sink: RecordSink;
  readonly #reserved: readonly string[];
  readonly #unique: UniqueNames;
  readonly #note: NoteField;
  #announced = -1;

  /** `origin` is null for the table of the records. */
  constructor(
    sink: RecordSink,
    readonly place: number,
    readonly origin: ChildOrigin | null,
    /** Those of columns that would be called alike. */
    readonly known: NamesByPath,
    note: NoteField,
  ) {
    this.#sink = sink;
    this.#note = note;
    this.#reserved = origin === null ? reservedNames : reservedInChildren;
    this.#unique = new UniqueNames([...this.#reserved, ...known.values()]);
    this.root = new Field('', '', origin?.path ?? [], { isRoot: true });
  }

  /** Tells the sink of columns that it does not know yet. */
  announce(): void {
    if (this.#announced === this.names.length) return;
    this.#announced = this.names.length;
    if (this.origin === null) this.#sink.columns([...this.names]);
    else this.#sink.childColumns(this.place, this.origin, [...this.names]);
  }

  /** The cells of a row in which nothing stands yet. */
  emptyRow(): Cell[] {
    return new Array<Cell>(this.names.length).fill(null);
  }

  /** Puts a value in its column of a row; a `null` where objects or lists were seen needs no column. */
  put(row: Cell[], field: Field, cell: Cell): void {
    if (field.column === -1) {
      if (cell === null && needsNoColumn(field)) return;
      this.#add(field, cell === null);
    }
    row[field.column] = cell;
  }

  /** Gives a field the column that it has elsewhere. Throws Entangled where it would not be the same here. */
  learn(field: Field, name: string, isEmpty: boolean): void {
    if (field.column === -1) {
      if (isEmpty && needsNoColumn(field)) throw new Entangled();
      this.#add(field, isEmpty);
    }
    if (this.names[field.column] !== name) throw new Entangled();
  }

  #add(field: Field, isEmpty: boolean): void {
    field.column = this.#addColumn(field);
    this.#fields.push(field);
    this.#note(this, field, { what: 'column', name: this.names[field.column] ?? '', isEmpty });
  }

  /** The names of all columns, where they would be others if the fields had come in the order of their paths. */
  get namesToLearn(): NamesByPath {
    const isCalledSo = ({ name, column }: Field) => name === '' || name === this.names[column];
    if (this.#fields.every(isCalledSo)) return noNames;
    const unnamed = this.#fields
      .filter(({ name }) => name === '')
      .map(({ column }) => this.names[column] ?? '');
    const named = this.#fields.filter(({ name }) => name !== '');
    const names = namesByPath(named, [...this.#reserved, ...unnamed]);
    const isRight = ({ path, column }: Field) => names.get(fieldPath(path)) === this.names[column];
    return named.every(isRight) ? noNames : names;
  }

  #addColumn({ name: source, path }: Field): number {
    const column = this.names.length;
    if (column === maxColumns) {
      throw new IngestError(
        'too_many_columns',
        `The records have more than ${maxColumns} different fields; a table can hold ${maxColumns} columns`,
        'Check whether keys hold data, such as identifiers or dates; turn them into values.',
      );
    }
    const name = this.known.get(fieldPath(path)) ?? this.#unique.take(source, column + 1);
    this.names.push(name);
    if (name !== source) {
      const renamed = { position: column + 1, from: source, to: name };
      this.#sink.warn('renamed_columns', renamedMessage([renamed]));
    }
    return column;
  }
}
