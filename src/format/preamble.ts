import { UniqueNames } from './names.js';
import type { SampleRow } from './sample-rows.js';

/** A line above the header: `key,value`, or any other under its number. */
export interface PreambleEntry {
  readonly key: string;
  readonly value: string;
}

/** `key,value` under its key; further cells of the line under the same key; a single cell under its line. */
export function preambleEntries({ fields, line }: SampleRow): PreambleEntry[] {
  const [key, ...values] = fields.filter((field) => field.trim() !== '');
  if (key === undefined) return [];
  if (values.length === 0) return [{ key: `line_${line}`, value: key }];
  return values.map((value) => ({ key, value }));
}

/** The columns that a preamble makes: of its `key,value` and `key: value` lines, each key once. */
export function preambleColumns(entries: readonly PreambleEntry[]): [name: string, value: string][] {
  const names = new UniqueNames();
  return entries.flatMap(({ key, value }, index): [string, string][] => {
    if (entries.some((other, place) => place !== index && other.key === key)) return [];
    const [, own = '', rest = ''] = /^line_\d+$/.test(key)
      ? (/^#?\s*([^:=]{1,60}?)\s*[:=]\s*(\S.*)$/s.exec(value) ?? [])
      : [
          '',
          key
            .replace(/^#\s*/, '')
            .replace(/\s*:\s*$/, '')
            .trim(),
          value,
        ];
    return own === '' ? [] : [[names.take(own, index + 1), rest]];
  });
}
