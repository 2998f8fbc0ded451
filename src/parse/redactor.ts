import { folded } from '../domain/columnName.js';
import type { RedactSettings } from '../domain/settings.js';
import type { PreambleEntry } from '../format/preamble.js';
import type { Cell, ReadRecord } from '../format/record.js';
import { type Finder, redact, type Slot } from './finder.js';
import { isJson, stringsToRedact, withStrings } from './jsonStrings.js';
import { NameFinder } from './nameFinder.js';
import { knownPattern, PatternFinder } from './patternFinder.js';

type Columns = readonly string[];

const none: readonly Finder[] = [];

/** Takes out of a file's values what must not be stored, many records at a time. */
export class Redactor {
  /** By folded name of the column. */
  readonly #byColumn: ReadonlyMap<string, readonly Finder[]>;
  readonly #all: readonly Finder[];

  constructor(byColumn: ReadonlyMap<string, readonly Finder[]>) {
    this.#byColumn = byColumn;
    this.#all = [...new Set([...byColumn.values()].flat())];
  }

  /** Records as they may be stored. `columns` are those of the records, `childColumns` those of each child table. */
  records(
    batch: readonly ReadRecord[],
    columns: Columns,
    childColumns: (table: number) => Columns,
  ): ReadRecord[] {
    const slots: Slot[] = [];
    const finish: (() => void)[] = [];
    const copies = batch.map((record) => ({
      ...record,
      cells: this.#copy(record.cells, columns, slots, finish),
      children: record.children.map((row) => ({
        ...row,
        cells: this.#copy(row.cells, childColumns(row.table), slots, finish),
      })),
    }));
    redact(slots);
    for (const one of finish) one();
    return copies;
  }

  /** The value of one column. */
  value(column: string, value: string): string {
    const [record] = this.records([{ cells: [value], line: 1, children: [] }], [column], () => []);
    return record?.cells[0] ?? '';
  }

  /** What stands above the records: under the name of a column as its values, else as any text. */
  preamble(entries: readonly PreambleEntry[]): PreambleEntry[] {
    return entries.map(({ key, value }) =>
      this.#findersFor(key).length > 0
        ? { key, value: this.value(key, value) }
        : { key: this.text(key), value: this.text(value) },
    );
  }

  /** A text of which nobody knows what columns it has, such as a record that cannot be read. */
  text(text: string): string {
    let result = text.replace(/\\u([\dA-Fa-f]{4})/g, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    const put = (found: string) => {
      result = found;
    };
    redact([{ text: result, finders: this.#all, put }]);
    return result;
  }

  /** A column that got a number, since another has its name, is still the one that was meant. */
  #findersFor(column: string): readonly Finder[] {
    const name = folded(column);
    return this.#byColumn.get(name) ?? this.#byColumn.get(name.replace(/_\d+$/, '')) ?? none;
  }

  /** A copy of a row; what is to be looked at in it is added to `slots`, what is to be done after that to `finish`. */
  #copy(cells: readonly Cell[], columns: Columns, slots: Slot[], finish: (() => void)[]): Cell[] {
    const copy = [...cells];
    for (const [place, cell] of cells.entries()) {
      if (cell === null) continue;
      const column = columns[place] ?? '';
      const put = (text: string) => {
        copy[place] = text === '' ? null : text;
      };
      const finders = this.#findersFor(column);
      if (isJson(cell)) finish.push(this.#lookInto(cell, column, slots, put));
      else if (finders.length > 0) slots.push({ text: cell, finders, put });
    }
    return copy;
  }

  /** Adds the texts inside a JSON cell to `slots`; returns what puts them back. */
  #lookInto(cell: string, column: string, slots: Slot[], put: (text: string) => void): () => void {
    const strings = stringsToRedact(cell, column, (name) => this.#findersFor(name));
    const texts = new Map<number, string>();
    for (const [place, { text, finders }] of strings.entries())
      slots.push({ text, finders, put: (found) => texts.set(place, found) });
    return () => {
      if (texts.size > 0) put(withStrings(cell, strings, texts));
    };
  }
}

const compiled = new WeakMap<RedactSettings, Redactor>();

/** The redactor for some settings, made once; null where nothing is to be redacted. */
export function redactorFor(settings: RedactSettings): Redactor | null {
  if (Object.keys(settings.columns).length === 0) return null;
  const known = compiled.get(settings);
  if (known) return known;
  const names = new NameFinder(settings.names);
  const own = new Map<string, Finder>();
  const byColumn = Object.entries(settings.columns).map(([column, wanted]): [string, Finder[]] => [
    folded(column),
    wanted.map((one) => {
      if (one === 'name-list') return names;
      if (typeof one === 'string') return knownPattern(one);
      const { pattern, as = '[REDACTED]' } = one;
      const key = JSON.stringify([pattern, as]);
      const finder = own.get(key) ?? new PatternFinder(pattern, 'gu', as);
      own.set(key, finder);
      return finder;
    }),
  ]);
  const redactor = new Redactor(new Map(byColumn));
  compiled.set(settings, redactor);
  return redactor;
}
