import { IngestError } from '../domain/errors.js';
import type { SourceSettings, TableRule } from '../domain/settings.js';
import { fixedPart } from './fixedPart.js';

interface Use {
  readonly source: SourceSettings;
  readonly rule: TableRule;
}

/** Throws when a rule with `dedupe: "key"` names no key columns. */
export function checkKeys(sources: readonly SourceSettings[]): void {
  const keyless = uses(sources).find(({ rule }) => rule.dedupe === 'key' && rule.key.length === 0);
  if (keyless === undefined) return;
  throw new IngestError(
    errorCode(keyless.source),
    `${useText(keyless)}: dedupe "key" without key columns`,
    'name them with --key lot,board, or in the config file with "key": ["lot", "board"]',
  );
}

/** Throws when two rules, of one source or of two, mean different things by a repeat in one table. */
export function checkDedupe(sources: readonly SourceSettings[]): void {
  const first = new Map<string, Use>();
  for (const use of uses(sources)) {
    const table = use.rule.table.toLowerCase();
    const other = first.get(table) ?? use;
    first.set(table, other);
    if (dedupeText(other.rule) === dedupeText(use.rule)) continue;
    throw new IngestError(
      errorCode(use.source),
      `${useText(other)} has ${dedupeText(other.rule)}, but ${useText(use)} has ${dedupeText(use.rule)}`,
      'give both the same "dedupe" and "key", or tables of their own',
    );
  }
}

/**
 * Throws IngestError('usage') when two roots of the command line have one name and different fixed parts.
 * A root that is a file must have been replaced by its folder before.
 */
export function checkAdHocNames(sources: readonly SourceSettings[]): void {
  const first = new Map<string, SourceSettings>();
  for (const source of sources) {
    const other = first.get(source.name) ?? source;
    first.set(source.name, other);
    if (fixedPart(other.root) === fixedPart(source.root)) continue;
    throw new IngestError(
      'usage',
      `two roots are named "${source.name}": ${other.root} and ${source.root}`,
      'give them names of their own in the "sources" of a config file, or ingest them into two databases',
    );
  }
}

function uses(sources: readonly SourceSettings[]): Use[] {
  return sources.flatMap((source) => source.tables.map((rule) => ({ source, rule })));
}

function useText({ source, rule }: Use): string {
  return `source "${source.name}" (table "${rule.table}", match "${rule.match}")`;
}

function dedupeText({ dedupe, key }: TableRule): string {
  return dedupe === 'key' ? `dedupe "key" with key ${JSON.stringify(key)}` : `dedupe "${dedupe}"`;
}

function errorCode(source: SourceSettings): 'config' | 'usage' {
  return source.configured ? 'config' : 'usage';
}
