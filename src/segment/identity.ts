import { hash } from 'node:crypto';
import { folded } from '../domain/columnName.js';
import { identityBytes } from '../domain/segment.js';

type Cells = readonly (string | null | undefined)[];

/** Makes the identity of a record from its cells and what its child rows say, as one text. */
export type IdentityOf = (cells: Cells, children: string) => Buffer | null;

/** A cell's part in the text that is hashed. */
interface Part {
  readonly place: number;
  readonly label: string;
}

/**
 * Identity by row: 16 bytes over the columns that say something, by folded name, in no order; null, empty and
 * absent are one. Equal records of files with other column orders or further empty columns are equal. `context` is
 * what else must be equal, as the preamble of their files.
 */
export function rowIdentity(columns: readonly string[], context = ''): IdentityOf {
  return identityOf(`row${context}`, columns, columns);
}

/** Identity by key: over the key columns alone; null when all of them are empty. */
export function keyIdentity(columns: readonly string[], key: readonly string[]): IdentityOf {
  const wanted = new Set(key.map(folded));
  const chosen = columns.filter((column) => wanted.has(folded(column)));
  const identity = identityOf('key', columns, chosen);
  const places = chosen.map((column) => columns.indexOf(column));
  return (cells) => (places.some((place) => cells[place] != null) ? identity(cells, '') : null);
}

/** Makes the text of a child row, the same for all that are equal at this place. */
export function childText(
  columns: readonly string[],
  depth: number,
  field: string,
): (cells: Cells) => string {
  // No cell's part starts so.
  const start = `\u0001${depth}\u0000${folded(field)}`;
  const text = textOf(columns, columns);
  return (cells) => text(start, cells);
}

function identityOf(kind: string, columns: readonly string[], chosen: readonly string[]): IdentityOf {
  const text = textOf(columns, chosen);
  return (cells, children) =>
    hash('sha256', text(kind, cells) + children, 'buffer').subarray(0, identityBytes);
}

function textOf(
  columns: readonly string[],
  chosen: readonly string[],
): (start: string, cells: Cells) => string {
  const parts: Part[] = chosen
    .map((column) => ({ place: columns.indexOf(column), label: `\u0000${folded(column)}\u0000` }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  return (start, cells) => {
    let text = start;
    for (const { place, label } of parts) {
      const cell = cells[place];
      if (cell != null) text += `${label}${cell.length}:${cell}`;
    }
    return text;
  };
}
