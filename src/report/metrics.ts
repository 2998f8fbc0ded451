import type { FileCounts, RowCounts, Summary } from '../domain/event.js';
import type { FileStatus } from '../domain/file.js';

/** Upper bounds of the histogram of run times, in seconds. */
export const durationBounds = [1, 5, 15, 60, 300, 900, 3600, 14_400] as const;

/** What the textfile says after a run. */
export interface MetricsFacts {
  /** Path of the database; a label of every series, so that two textfiles never say the same series. */
  readonly db: string;
  /** When the run ended. */
  readonly now: Date;
  readonly exitCode: number;
  /** Null when the run ended before it had anything to sum up. */
  readonly summary: Summary | null;
  /** What stands in the database; null where it cannot be read. */
  readonly database: DatabaseMetrics | null;
}

export interface DatabaseMetrics {
  readonly bytes: number;
  readonly lastSuccessAt: string | null;
  readonly runs: number;
  readonly seconds: number;
  /** Runs within each of `durationBounds`. */
  readonly within: readonly number[];
  readonly sources: readonly {
    readonly name: string;
    readonly files: Readonly<Partial<Record<FileStatus, number>>>;
    readonly lastCompleteScan: string | null;
  }[];
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The facts as a Prometheus textfile: https://prometheus.io/docs/instrumenting/exposition_formats. */
export function metricsText(facts: MetricsFacts): string {
  const gauges = [...runMetrics(facts), ...summaryMetrics(facts.summary), ...databaseMetrics(facts.database)];
  const base = { db: facts.db };
  const texts = gauges
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => [
      ...heading(name, help, 'gauge'),
      ...samples.map(([labels, value]) => line(name, { ...base, ...labels }, value)),
    ]);
  if (facts.database) texts.push(histogram(facts.database, base));
  return `${texts.flat().join('\n')}\n`;
}

function runMetrics({ now, exitCode }: MetricsFacts): Metric[] {
  return [
    one('ingest_last_run_timestamp_seconds', 'When the last run ended.', now.getTime() / 1000),
    one('ingest_last_run_exit_code', 'Exit code of the last run.', exitCode),
  ];
}

function summaryMetrics(summary: Summary | null): Metric[] {
  if (summary === null) return [];
  const { sources, stages } = summary;
  return [
    one('ingest_last_run_duration_seconds', 'How long the last run took.', summary.seconds),
    one('ingest_last_run_read_bytes', 'Bytes that the last run read.', summary.bytesRead),
    one('ingest_last_run_skipped_files', 'Files left out by a time span.', summary.skipped),
    one('ingest_last_run_missing_files', 'Files found to be gone by the last run.', summary.missing),
    one('ingest_last_run_warnings', 'Warnings of the last run.', summary.warnings.length),
    {
      name: 'ingest_last_run_files',
      help: 'Files of the last run by what became of them.',
      samples: sources.flatMap(({ name, files }) => samplesOf(name, 'outcome', files, 'seen')),
    },
    {
      name: 'ingest_last_run_rows',
      help: 'Records of the last run by what became of them.',
      samples: sources.flatMap(({ name, rows }) => samplesOf(name, 'outcome', rows, 'parsed')),
    },
    {
      name: 'ingest_last_run_stage_seconds',
      help: 'Seconds of work of the last run by stage, added up over threads.',
      samples: Object.entries(stages).map(([stage, seconds]) => [{ stage }, seconds]),
    },
    {
      name: 'ingest_last_run_cache_files',
      help: 'Files of the last run that the parse cache had (hit) or lacked (miss).',
      samples: [
        [{ result: 'hit' }, summary.cache.hits],
        [{ result: 'miss' }, summary.cache.misses],
      ],
    },
    {
      name: 'ingest_source_healthy',
      help: 'Whether the last run could take the source (1) or had to set it aside (0).',
      samples: sources.map(({ name, state }) => [{ source: name }, state === 'healthy' ? 1 : 0]),
    },
  ];
}

function databaseMetrics(database: DatabaseMetrics | null): Metric[] {
  if (database === null) return [];
  const { bytes, lastSuccessAt, sources } = database;
  return [
    {
      name: 'ingest_last_success_timestamp_seconds',
      help: 'When the last run with exit code 0 ended.',
      samples: lastSuccessAt === null ? [] : [[{}, Date.parse(lastSuccessAt) / 1000]],
    },
    one('ingest_database_size_bytes', 'Bytes of the database and its write-ahead log.', bytes),
    {
      name: 'ingest_ledger_files',
      help: 'Files that the ledger knows by status.',
      samples: sources.flatMap(({ name, files }) => samplesOf(name, 'status', files)),
    },
    {
      name: 'ingest_source_complete_timestamp_seconds',
      help: 'When the last complete run over the source began.',
      samples: sources.flatMap(({ name, lastCompleteScan }): Sample[] =>
        lastCompleteScan === null ? [] : [[{ source: name }, Date.parse(lastCompleteScan) / 1000]],
      ),
    },
  ];
}

function one(name: string, help: string, value: number): Metric {
  return { name, help, samples: [[{}, value]] };
}

/** One sample for each count; the total is left to whoever adds up. */
function samplesOf(
  source: string,
  label: string,
  counts: FileCounts | RowCounts | Readonly<Partial<Record<FileStatus, number>>>,
  total?: string,
): Sample[] {
  const parts = Object.entries(counts).filter(([name]) => name !== total);
  return parts.map(([name, value]) => [{ source, [label]: name }, value ?? 0]);
}

function histogram({ runs, seconds, within }: DatabaseMetrics, base: Labels): string[] {
  const name = 'ingest_run_duration_seconds';
  const buckets = durationBounds.map((bound, i) => ({ le: String(bound), value: within[i] ?? 0 }));
  return [
    ...heading(name, 'How long the runs of the database took.', 'histogram'),
    ...[...buckets, { le: '+Inf', value: runs }].map(({ le, value }) =>
      line(`${name}_bucket`, { ...base, le }, value),
    ),
    line(`${name}_sum`, base, seconds),
    line(`${name}_count`, base, runs),
  ];
}

function heading(name: string, help: string, type: 'gauge' | 'histogram'): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function line(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`);
  return `${name}{${text.join(',')}} ${value}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
