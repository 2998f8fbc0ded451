import { blockBytes } from './blocks.js';
import { type FieldLore, noLore } from './json-names.js';
import { defaultMaxRecordBytes } from './record.js';

export interface JsonOptions {
  /** A larger record fails the file; in JSON Lines it is a reject. */
  readonly maxRecordBytes: number;
  /** The keys that lead to the records. */
  readonly path: readonly string[];
  /** The records are the features of GeoJSON. */
  readonly features: boolean;
  /** What an earlier reading found out. */
  readonly lore: FieldLore;
  /** Rows, those of child tables among them, that are handed on at a time, more or less. */
  readonly batchRows: number;
  /** Bytes that are read at a time, at most; fewer are for tests. */
  readonly blockBytes: number;
  /** Texts that stand for no value, as an empty one does. */
  readonly nulls: readonly string[];
  /** Errors show the text around their place. */
  readonly showsText: boolean;
}

export const defaultJsonOptions: JsonOptions = {
  maxRecordBytes: defaultMaxRecordBytes,
  path: [],
  features: false,
  lore: noLore,
  batchRows: 50_000,
  blockBytes,
  nulls: [],
  showsText: true,
};
