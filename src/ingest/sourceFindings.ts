import type { Finding } from '../report/doctorText.js';
import { count, counted, duration } from '../report/units.js';
import type { Arrivals } from '../store/vitals.js';
import { dayMs, days, gaps, median, type Vitals } from './vitals.js';

const slowRootSeconds = 1;
const skewSeconds = 60;

/** What is wrong with sources and with the tables that they fill. */
export function sourceFindings(vitals: Vitals): Finding[] {
  return [trouble, reach, quiet, tables, clocks].flatMap((check) => check(vitals));
}

function trouble({ sources }: Vitals): Finding[] {
  return sources.flatMap(({ name, files }) => {
    const of = (status: 'failed' | 'held') => files[status] ?? 0;
    const found: Finding[] = [];
    const mend = `ingest explain ${name}/<path>`;
    if (of('failed') > 0)
      found.push({
        code: 'failed',
        points: 10,
        what: `${counted(of('failed'), 'file')} of ${name} failed.`,
        mend: `ingest files ${name}/, then ${mend}`,
      });
    if (of('held') > 0)
      found.push({
        code: 'held',
        points: 5,
        what: `${counted(of('held'), 'file')} of ${name} shrank and ${of('held') === 1 ? 'is' : 'are'} held.`,
        mend: 'look at them, then ingest --accept-shrink',
      });
    return found;
  });
}

function reach({ sources }: Vitals): Finding[] {
  return sources.flatMap(({ name, root, unreachable, rootSeconds }): Finding[] => {
    if (unreachable !== null) {
      const what = `The root of ${name}, ${root}, cannot be used: ${unreachable}.`;
      return [{ code: 'unreachable', points: 20, what, mend: `mount ${root}` }];
    }
    if (rootSeconds < slowRootSeconds) return [];
    const what = `The root of ${name} took ${duration(rootSeconds)} to answer.`;
    return [
      {
        code: 'slow_source',
        points: 5,
        what,
        mend: `look at the server of ${root}; ingest --concurrency 32 hides latency`,
      },
    ];
  });
}

function quiet({ newBySource, now }: Vitals): Finding[] {
  return newBySource.flatMap((source): Finding[] => {
    const silence = silenceOf(source, now);
    if (silence === null) return [];
    const what = `${source.name} has gone quiet: no new file for ${days(silence.days)} where there were ${count(silence.usual)} a day.`;
    return [
      {
        code: 'gone_quiet',
        points: 10,
        what,
        mend: 'look whether its machine still writes, and to the same folder',
      },
    ];
  });
}

function tables({ tables: all, loadedByTable, now }: Vitals): Finding[] {
  const empty = all
    .filter(({ rows }) => rows === 0)
    .map(({ name }): Finding => {
      return {
        code: 'empty_table',
        points: 5,
        what: `Table ${name} has no rows.`,
        mend: 'look at the "match" of its rule: ingest config',
      };
    });
  const stale = loadedByTable.flatMap((table): Finding[] => {
    const silence = silenceOf(table, now);
    if (silence === null) return [];
    const what = `Table ${table.name} gets no rows: nothing for ${days(silence.days)} where there were ${count(silence.usual)} files a day.`;
    return [{ code: 'stale_table', points: 5, what, mend: 'look at the "match" of its rule: ingest config' }];
  });
  return [...empty, ...stale];
}

const knownDays = 14;
const activeDays = 5;

/** How long nothing came, and how many files came on a usual day before; null while that is as it always was. */
function silenceOf({ days: all }: Arrivals, now: Date): { days: number; usual: number } | null {
  const last = all.at(-1);
  if (!last) return null;
  const lastDay = Date.parse(last.day) / dayMs;
  const recent = all.filter(({ day }) => Date.parse(day) / dayMs > lastDay - knownDays);
  const usual = median(recent.map(({ files }) => files));
  const gap = median(gaps(recent.map(({ day }) => Date.parse(day) / dayMs)));
  const silent = Math.floor(now.getTime() / dayMs - lastDay);
  if (recent.length < activeDays || usual === null || gap === null) return null;
  return silent >= Math.max(3, 3 * gap) ? { days: silent, usual } : null;
}

function clocks({ sources }: Vitals): Finding[] {
  return sources
    .filter(({ aheadSeconds }) => aheadSeconds > skewSeconds)
    .map(({ name, aheadSeconds }) => {
      const what = `The clock of ${name} is wrong: a file is dated ${duration(aheadSeconds)} ahead of the moment it was looked at.`;
      return {
        code: 'clock_skew',
        points: 5,
        what,
        mend: 'set the clocks by NTP, here (timedatectl) and there',
      };
    });
}
