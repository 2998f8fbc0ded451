import type { ColumnProfile } from '../domain/segment.js';
import type { ColumnTypeSetting, TypesSetting } from '../domain/settings.js';

export type ColumnType = 'INTEGER' | 'REAL' | 'TEXT';

/** The type of a new column by the values of its first file; null while it holds nothing but empty cells. */
export function firstType(profile: ColumnProfile): ColumnType | null {
  const decimals = profile.decimals + profile.commaDecimals;
  const numbers = profile.integers + decimals;
  const values = numbers + profile.oddNumbers + profile.words;
  if (values === 0) return null;
  if (isMangled(profile) || numbers * 10 < values * 9) return 'TEXT';
  if (decimals === 0) return 'INTEGER';
  return profile.longIntegers > 0 ? 'TEXT' : 'REAL';
}

/** True if numbers would lose what they say, or a comma and a point both stand for the decimal point. */
function isMangled({ oddNumbers, decimals, commaDecimals }: ColumnProfile): boolean {
  return oddNumbers > 0 || (decimals > 0 && commaDecimals > 0);
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
  if (type === 'TEXT' || isMangled(profile)) return 'TEXT';
  if (type === 'REAL') return profile.longIntegers > 0 ? 'TEXT' : 'REAL';
  if (profile.decimals + profile.commaDecimals === 0) return 'INTEGER';
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

const commaDecimal = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/;

/** A decimal written with a comma, with a point instead; other values as they are. */
export function withPoint(value: unknown): unknown {
  return typeof value === 'string' && commaDecimal.test(value) ? value.replace(',', '.') : value;
}

/** A REAL as the shortest text that reads back as the same number; other values as they are. */
export function shortestText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}
