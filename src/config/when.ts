import { IngestError } from '../domain/errors.js';
import { parseDuration } from './duration.js';

const examples =
  'write for example 2026-11-01, 2026-11-01T14:30, 2026-11-01T14:30Z, 36h, 7d, 2w or yesterday';

const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?[0-5]\d)?)?)?$/i;

const lastMillisecond = 9_223_372_036_853;

/** From the first to the last nanosecond since 1970 that a text means; equal for a point in time. */
interface Moment {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The start of the time that `text` means, in nanoseconds since 1970: an ISO date or time (local when it
 * names no zone), an age such as `36h`, `today`, `yesterday`, or `last-run` as itself.
 * `where` names the setting in the IngestError('usage') that any other text ends in.
 */
export function parseWhen(text: string, now: Date, where = '--since'): bigint | 'last-run' {
  return text === 'last-run' ? text : momentOf(text, now, where).first;
}

/** The end of the time that `text` means: of a whole day its last nanosecond. As `parseWhen` otherwise. */
export function parseUntil(text: string, now: Date, where = '--until'): bigint {
  if (text === 'last-run') {
    throw new IngestError('usage', `${where}: last-run is a start, not an end`, 'use it with --since');
  }
  return momentOf(text, now, where).last;
}

function momentOf(text: string, now: Date, where: string): Moment {
  const moment = dayByName(text, now) ?? age(text, now) ?? iso(text);
  if (moment === null) throw new IngestError('usage', `${where}: "${text}" is not a time`, examples);
  return moment;
}

function dayByName(text: string, now: Date): Moment | null {
  const back = ['today', 'yesterday'].indexOf(text);
  return back < 0 ? null : localDay(now.getFullYear(), now.getMonth(), now.getDate() - back);
}

function age(text: string, now: Date): Moment | null {
  const milliseconds = parseDuration(text);
  return milliseconds === null ? null : point(now.getTime() - milliseconds);
}

function iso(text: string): Moment | null {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = isoTime.exec(text) ?? [];
  const date = [Number(year), Number(month) - 1, Number(day)] as const;
  if (!isCalendarDate(...date)) return null;
  if (hour === undefined) return localDay(...date);
  const time = [Number(hour), Number(minute), Number(second)] as const;
  if (time[0] > 23 || time[1] > 59 || time[2] > 59) return null;
  const seconds =
    zone === undefined ? new Date(...date, ...time).getTime() : Date.UTC(...date, ...time) - zoneOffset(zone);
  return point(seconds, BigInt(fraction.padEnd(9, '0')));
}

/** False for a day that its month does not have, and for the year 0 to 99 that `Date` takes for 19xx. */
function isCalendarDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day;
}

/** Milliseconds that clocks of the zone `Z`, `+01`, `+0100` or `+01:00` are ahead of UTC. */
function zoneOffset(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** A day by local clocks, which may have 23 or 25 hours. */
function localDay(year: number, month: number, day: number): Moment {
  const first = nanoseconds(new Date(year, month, day).getTime());
  const next = nanoseconds(new Date(year, month, day + 1).getTime());
  return { first, last: next - 1n };
}

function point(milliseconds: number, more = 0n): Moment {
  const at = nanoseconds(milliseconds) + more;
  return { first: at, last: at };
}

/** Kept within what SQLite's integers hold as nanoseconds, the years 1677 to 2262. */
function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.max(-lastMillisecond, Math.min(milliseconds, lastMillisecond))) * 1_000_000n;
}
