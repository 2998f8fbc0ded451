const sizeUnits = ['B', 'KB', 'MB', 'GB'] as const;

/** `20,000` */
export function count(value: number): string {
  return decimal(value, 0);
}

/** `1 file`, `20,000 files` */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** Bytes as `512 B`, `1.5 KB`, `24.0 MB`; a unit is a thousand of the one before. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < sizeUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? count(value) : decimal(value, 1)} ${sizeUnits[unit]}`;
}

/** Seconds as `35 ms`, `4.2 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${decimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** Things per second as `9,694` or, below ten, `3.1`. */
export function rate(value: number): string {
  return value < 9.95 ? decimal(value, 1) : count(value);
}

/** A share of one as `48%`. */
export function percent(share: number): string {
  return `${count(share * 100)}%`;
}

/** An ISO 8601 time in UTC as `2026-11-21 02:00:01`; null as `-`. */
export function utcTime(iso: string | null): string {
  return iso === null ? '-' : iso.slice(0, 19).replace('T', ' ');
}

/** Nanoseconds since 1970, within 64 bits, as {@link utcTime}. */
export function utcTimeOfNs(nanoseconds: bigint): string {
  return utcTime(new Date(Number(nanoseconds / 1_000_000n)).toISOString());
}

/** Thousands in groups. Not by `Intl`, which takes longer to get ready than a run in which nothing is new. */
function decimal(value: number, digits: 0 | 1): string {
  const scale = 10 ** digits;
  // Rounded as it is written: 4.05 is a little less than that in binary, and still 4.1.
  const rounded = Math.round(value * scale) / scale;
  return rounded.toFixed(digits).replace(/\B(?=(?:\d{3})+(?:\.|$))/g, ',');
}
