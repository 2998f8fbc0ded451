import { folded } from '../domain/columnName.js';
import { Entangled } from './entangled.js';
import { Field, JsonTable } from './json-fields.js';
import {
  areDistinct,
  type FieldLore,
  fieldPath,
  type NamesByPath,
  namesByPath,
  noNames,
} from './json-names.js';
import type { FieldFact, FieldKind, FieldNews } from './json-news.js';
import type { JsonOptions } from './json-options.js';
import { type JsonList, JsonObject, type JsonValue } from './json-tree.js';
import { compactStretch, isEmpty } from './json-value.js';
import { NullTexts } from './null-texts.js';
import type { Cell, ChildOrigin, ChildRow, ReadRecord, RecordSink } from './record.js';

/** A list of a row that is laid out. */
interface FoundList {
  readonly field: Field;
  readonly list: JsonList;
}

/**
 * Lays records out in tables: a nested object's members become columns `a_b`, the objects of a list rows of a child
 * table. Fields that cannot be told so beforehand end up in `mixed`.
 */
export class JsonLayout {
  readonly mixed = new Set<string>();
  /** What was found out of fields, in order. */
  readonly news: FieldNews[] = [];
  readonly #sink: RecordSink;
  readonly #lore: FieldLore;
  /** The table of the records, and those of their lists by number. */
  readonly records: JsonTable;
  readonly children: JsonTable[] = [];
  /** The fields that make them, and the tables in which these lie. */
  readonly #lists: { readonly field: Field; readonly parent: number }[] = [];
  readonly nulls: NullTexts;
  readonly #feature: Field | null;
  #text = '';
  #rows: ChildRow[] = [];

  /** With `features` the records are those of GeoJSON. */
  constructor(sink: RecordSink, { lore, features, nulls }: Pick<JsonOptions, 'lore' | 'features' | 'nulls'>) {
    this.nulls = new NullTexts(nulls);
    this.#sink = sink;
    this.#lore = lore;
    this.records = this.#newTable(-1, null);
    this.#feature = features ? new Field('', '', [''], { isRoot: true, beside: true }) : null;
  }

  /** Whether records of which all fields are known stand in their columns by their keys alone. */
  get isByKeys(): boolean {
    return this.#feature === null && this.mixed.size === 0;
  }

  /** What the records have told that must be known before the first of them; null: nothing new. */
  get toLearn(): FieldLore | null {
    const { asText, names } = this.#lore;
    if (this.mixed.size > 0) return { asText: new Set([...asText, ...this.mixed]), names };
    const lists = this.#listsToLearn();
    const columns = [this.records, ...this.children].flatMap((table) =>
      table.namesToLearn.size === 0 ? [] : [[tablePath(table.origin), table.namesToLearn] as const],
    );
    if (columns.length === 0 && lists.size === 0) return null;
    return {
      asText,
      names: { columns: new Map([...names.columns, ...columns]), lists: new Map([...names.lists, ...lists]) },
    };
  }

  /** The names of lists, where some of one row are called alike. */
  #listsToLearn(): NamesByPath {
    const parents = [...new Set(this.#lists.map(({ parent }) => parent))];
    const fields = parents.map((one) =>
      this.#lists.flatMap(({ field, parent }) => (parent === one ? field : [])),
    );
    const alike = fields.filter((lists) => !areDistinct(lists.map(({ listName }) => listName)));
    return new Map(alike.flatMap((lists) => [...namesByPath(lists, [])]));
  }

  /** Lays out a value that was read from `text`. Throws IngestError `too_many_columns`. */
  layOut(value: JsonValue, text: string, line: number): ReadRecord {
    this.#text = text;
    this.#rows = [];
    const cells = this.records.emptyRow();
    if (!(value instanceof JsonObject)) this.#put(this.records, this.records.root, 0, 'value', value, cells);
    else if (this.#feature && isFeature(value)) this.#layOutFeature(value, this.#feature, cells);
    else this.#layOutRow(value, this.records, cells, -1);
    return { cells, line, children: this.#rows };
  }

  /** Takes note of what another layout found out of the fields of records behind those that were laid out here. */
  learn(news: readonly FieldNews[]): void {
    for (const { list, beside, keys, fact } of news) {
      const table = list === null ? this.records : this.#tableOf(list);
      let field = beside ? this.#feature : table.root;
      for (const key of keys) field = field && this.#child(field, key, -1);
      if (field) this.#learn(table, field, fact);
    }
  }

  #learn(table: JsonTable, field: Field, fact: FieldFact): void {
    if (fact.what === 'column') table.learn(field, fact.name, fact.isEmpty);
    else if (fact.what === 'kind') this.#meet(table, field, fact.kind);
    else if (fact.what === 'table') field.table ??= this.#addTable(field, table);
    else this.#mix(table, field);
  }

  #tableOf(list: readonly string[]): JsonTable {
    const path = fieldPath(list);
    const found = this.children.find(({ origin }) => origin !== null && fieldPath(origin.path) === path);
    if (!found) throw new Entangled();
    return found;
  }

  readonly #note = (table: JsonTable, { path, beside }: Field, fact: FieldFact): void => {
    const list = table.origin?.path ?? null;
    const keys = path.slice(beside ? 1 : (list?.length ?? 0));
    this.news.push({ list, beside, keys, fact });
  };

  /** Tells the sink of columns that it does not know yet. */
  announce(): void {
    this.records.announce();
    for (const table of this.children) table.announce();
  }

  #put(table: JsonTable, parent: Field, index: number, key: string, value: JsonValue, cells: Cell[]): void {
    const field = this.#child(parent, key, index);
    const said = this.#said(value);
    table.put(cells, field, typeof said === 'object' && said !== null ? this.#textOf(said) : said);
  }

  #said(value: JsonValue): JsonValue {
    return typeof value === 'string' && this.nulls.has(value) ? null : value;
  }

  #textOf(value: JsonObject | JsonList): Cell {
    return isEmpty(value) ? null : compactStretch(this.#text, value);
  }

  /** The members of `properties` stand for themselves, `geometry` as text, all others behind them. */
  #layOutFeature({ keys, values }: JsonObject, own: Field, cells: Cell[]): void {
    const lists: FoundList[] = [];
    const properties = values[keys.indexOf('properties')];
    if (properties instanceof JsonObject)
      this.#layOutMembers(properties, this.records, this.records.root, cells, lists);
    for (const [index, key] of keys.entries()) {
      const isKnown = key === 'type' || (key === 'properties' && typeof properties !== 'string');
      if (!isKnown) this.#put(this.records, own, index, key, values[index] ?? null, cells);
    }
    this.#layOutLists(lists, this.records, -1);
  }

  #layOutRow(object: JsonObject, table: JsonTable, cells: Cell[], place: number): void {
    const lists: FoundList[] = [];
    this.#layOutMembers(object, table, table.root, cells, lists);
    this.#layOutLists(lists, table, place);
  }

  #layOutMembers(
    { keys, values }: JsonObject,
    table: JsonTable,
    parent: Field,
    cells: Cell[],
    lists: FoundList[],
  ): void {
    for (let index = 0; index < keys.length; index++) {
      const field = this.#child(parent, keys[index] ?? '', index);
      const value = this.#said(values[index] ?? null);
      if (value === null) table.put(cells, field, null);
      else if (typeof value === 'string') {
        this.#meet(table, field, 'value');
        table.put(cells, field, value);
      } else if (field.asText) table.put(cells, field, this.#textOf(value));
      else if (!(value instanceof JsonObject)) {
        if (value.objects.length > 0 && this.#meet(table, field, 'list')) lists.push({ field, list: value });
      } else if (value.keys.length > 0 && this.#meet(table, field, 'object')) {
        this.#layOutMembers(value, table, field, cells, lists);
      }
    }
  }

  /** The lists of one row, in an order that does not depend on that of their keys. */
  #layOutLists(lists: FoundList[], table: JsonTable, place: number): void {
    if (lists.length > 1)
      lists.sort((a, b) => (folded(a.field.listName) < folded(b.field.listName) ? -1 : 1));
    for (const { field, list } of lists) {
      field.table ??= this.#addTable(field, table);
      const child = field.table;
      for (const [index, object] of list.objects.entries()) {
        const cells = child.emptyRow();
        const own = this.#rows.push({ table: child.place, parent: place, index, cells }) - 1;
        this.#layOutRow(object, child, cells, own);
      }
    }
  }

  #addTable(field: Field, parent: JsonTable): JsonTable {
    const origin = { parent: parent.place, path: field.path, field: field.listName };
    const table = this.#newTable(this.children.length, origin);
    this.children.push(table);
    this.#lists.push({ field, parent: parent.place });
    this.#note(parent, field, { what: 'table' });
    return table;
  }

  #newTable(place: number, origin: ChildOrigin | null): JsonTable {
    const known = this.#lore.names.columns.get(tablePath(origin)) ?? noNames;
    return new JsonTable(this.#sink, place, origin, known, this.#note);
  }

  /** Notes what a field holds; false if it has held something else before. */
  #meet(table: JsonTable, field: Field, kind: FieldKind): boolean {
    if (field.kind === null) {
      field.kind = kind;
      this.#note(table, field, { what: 'kind', kind });
    }
    if (field.kind === kind || field.asText) return true;
    this.#mix(table, field);
    return false;
  }

  #mix(table: JsonTable, field: Field): void {
    const path = fieldPath(field.path);
    if (this.mixed.has(path)) return;
    this.mixed.add(path);
    this.#note(table, field, { what: 'mixed' });
  }

  /** `index` is where the key stands in its object: most often the same as in the record before. */
  #child(parent: Field, key: string, index: number): Field {
    const guess = parent.order[index];
    if (guess !== undefined && guess.key === key) return guess;
    return parent.children.get(key) ?? this.#addChild(parent, key);
  }

  #addChild(parent: Field, key: string): Field {
    const own = detached(key);
    const path = [...parent.path, own];
    const name = parent.isRoot ? own : `${parent.name}_${own}`;
    const [asText, listName] = [
      this.#lore.asText.has(fieldPath(path)),
      this.#lore.names.lists.get(fieldPath(path)),
    ];
    const place = parent.order.length;
    const field = new Field(own, name, path, { asText, beside: parent.beside, place, listName });
    parent.children.set(own, field);
    parent.order.push(field);
    return field;
  }
}

function tablePath(origin: ChildOrigin | null): string {
  return fieldPath(origin?.path ?? []);
}

function isFeature({ keys, values }: JsonObject): boolean {
  return values[keys.indexOf('type')] === 'Feature';
}

/** A copy that does not keep the block alive from which `text` was cut. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
