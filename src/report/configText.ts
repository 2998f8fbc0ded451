import type { RejectLimit, Shard, SourceSettings } from '../domain/settings.js';
import { type Page, paint } from './style.js';
import { textTable } from './table.js';

/** What a run would go by. */
export interface ConfigReport {
  readonly configPath: string | null;
  readonly options: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly origin: string;
    readonly place: string | null;
  }[];
  readonly sources: readonly SourceSettings[];
  readonly disabled: readonly { readonly name: string; readonly root: string }[];
}

/** Every option with its value and where it came from, then the sources with their tables. */
export function configText({ configPath, options, sources, disabled }: ConfigReport, page: Page): string {
  const optionRows = options.map(({ name, value, place }) => [name, valueText(value), place ?? 'default']);
  const sourceRows = sources.map(({ name, tables, root }) => [
    name,
    [...new Set(tables.map(({ table }) => table))].join(', '),
    root,
  ]);
  sourceRows.push(...disabled.map(({ name, root }) => [name, '(disabled)', root]));
  return [
    configPath === null ? 'no config file' : `config file ${configPath}`,
    section(['option', 'value', 'from'], optionRows, page),
    ...(sourceRows.length === 0 ? [] : [section(['source', 'tables', 'root'], sourceRows, page)]),
  ].join('\n\n');
}

function section(titles: readonly string[], rows: readonly string[][], { width, color }: Page): string {
  const columns = titles.map((title) => ({ title, align: 'left' as const }));
  const [title = '', ...lines] = textTable(rows, columns, width);
  return [paint(title, 'bold', color), ...lines].join('\n');
}

/** A number that depends on where the files lie. */
interface ByFileSystem {
  readonly local: number;
  readonly network: number;
}

function valueText(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '-';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? objectText(value as RejectLimit | Shard | ByFileSystem) : String(value);
}

function objectText(value: RejectLimit | Shard | ByFileSystem): string {
  if ('local' in value) return `${value.local}, on a network ${value.network}`;
  if ('index' in value) return `${value.index}/${value.count}`;
  return 'count' in value ? String(value.count) : `${value.share * 100}%`;
}
