const units: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Bytes of a size such as `10MiB` or `1048576`; null for what is none. */
export function parseBytes(size: string | number): number | null {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]iB)?$/.exec(String(size)) ?? [];
  const bytes = Math.floor(Number(digits) * (units[unit] ?? Number.NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}
