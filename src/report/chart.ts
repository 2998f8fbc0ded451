const levels = [...'▁▂▃▄▅▆▇█'];
const eighths = [...' ▏▎▍▌▋▊▉█'];

/** One character for each value, as high as its share of the largest; a space where there is none (null). */
export function sparkline(values: readonly (number | null)[]): string {
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (value === null ? ' ' : level(value, largest))).join('');
}

function level(value: number, largest: number): string {
  if (largest <= 0 || value <= 0) return levels[0] ?? '';
  return levels[Math.ceil((value / largest) * (levels.length - 1))] ?? '';
}

/** A bar as long as a value's share of the largest one, `width` columns for a share of one. */
export function bar(value: number, largest: number, width: number): string {
  const parts = largest > 0 ? Math.ceil((Math.max(0, value) / largest) * width * 8) : 0;
  return ('█'.repeat(parts >> 3) + (eighths[parts & 7] ?? '')).trimEnd();
}
