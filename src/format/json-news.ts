/** What a key holds where it holds something. */
export type FieldKind = 'object' | 'list' | 'value';

/** What was found out of a field of the records, or of the objects in a list of theirs. Plain data. */
export interface FieldNews {
  /** The keys that lead to the list; null: it is one of the records. */
  readonly list: readonly string[] | null;
  /** It stands beside the properties of a GeoJSON feature. */
  readonly beside: boolean;
  /** The keys that lead to it from there. */
  readonly keys: readonly string[];
  readonly fact: FieldFact;
}

export type FieldFact =
  /** It has a column of that name; `isEmpty`: by a value that says nothing. */
  | { readonly what: 'column'; readonly name: string; readonly isEmpty: boolean }
  /** The first that it holds. */
  | { readonly what: 'kind'; readonly kind: FieldKind }
  /** Its lists make a child table. */
  | { readonly what: 'table' }
  /** It holds objects, or lists of objects, and other things besides. */
  | { readonly what: 'mixed' };
