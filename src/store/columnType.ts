import type { ColumnProfile } from '../domain/segment.js';
import type { ColumnTypeSetting, TypesSetting } from '../domain/settings.js';

export type ColumnType = 'INTEGER' | 'REAL' | 'TEXT';

/** The type of a new column by the values of its first file; null while it holds nothing but empty cells. */
export function firstType(profile: ColumnProfile): ColumnType | null {
  const numbers = profile.integers + profile.decimals;
  const values = numbers + profile.oddNumbers + profile.words;
  if (values === 0) return null;
  if (profile.oddNumbers > 0 || numbers * 10 < values * 9) return 'TEXT';
  if (profile.decimals === 0) return 'INTEGER';
  return profile.longIntegers > 0 ? 'TEXT' : 'REAL';
}

/**
 * The type a column must have before values of this profile may enter it, so that none is rounded or cut.
 * `holdsLongIntegers` says whether the table already has integers of more than 15 digits in it.
 */
export function widenedType(
  type: ColumnType,
  profile: ColumnProfile,
  holdsLongIntegers: boolean,
): ColumnType {
  if (type === 'TEXT' || profile.oddNumbers > 0) return 'TEXT';
  if (type === 'REAL') return profile.longIntegers > 0 ? 'TEXT' : 'REAL';
  if (profile.decimals === 0) return 'INTEGER';
  return profile.longIntegers > 0 || holdsLongIntegers ? 'TEXT' : 'REAL';
}

const configuredTypes: Record<ColumnTypeSetting, ColumnType> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
};

/** The type that the user set for a column, or null. */
export function configuredType(types: TypesSetting, column: string): ColumnType | null {
  if (types === 'auto') return null;
  if (types === 'text') return 'TEXT';
  const wanted = column.toLowerCase();
  for (const [name, type] of Object.entries(types)) {
    if (name.toLowerCase() === wanted) return configuredTypes[type];
  }
  return null;
}

/** A REAL as the shortest text that reads back as the same number; other values as they are. */
export function shortestText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}
