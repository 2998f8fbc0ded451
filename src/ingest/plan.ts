import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { fixedPart } from '../config/fixedPart.js';
import { IngestError } from '../domain/errors.js';
import type { SourceSettings, TableRule } from '../domain/settings.js';
import type { Access } from '../share/calls.js';
import type { DatedFolders } from '../share/dated.js';
import { isOnNetwork } from '../share/filesystem.js';
import { whyNot } from '../share/health.js';
import { resolvedPath, type ScanTarget, scanTarget } from '../share/root.js';
import { chooser, matcher } from '../share/scan.js';
import type { System } from '../share/system.js';
import type { KnownSource } from '../store/sources.js';
import { compilePathPattern, type PathPattern } from './pathPattern.js';

/** What the rule of a table decides about all files it matches. */
export interface FileRule {
  readonly rule: TableRule;
  /** Over the rule. */
  readonly hash: string;
  /** Over what of it decides which records come of a content. */
  readonly parseHash: string;
  /** Files of one content are one. */
  readonly sharesContent: boolean;
  readonly pathPattern: PathPattern | null;
}

/** What its place decides about a file. */
export interface FilePlace {
  readonly rule: FileRule;
  /** Columns with one value for the whole file, from its path. */
  readonly constants: readonly (readonly [name: string, value: string])[];
  /** Over everything but the content that decides what the file becomes. */
  readonly settingsHash: string;
  /** Over that of it which decides which records come of the content. */
  readonly parseKey: string;
}

/** A source made ready for a run. */
export interface PlannedSource {
  readonly settings: SourceSettings;
  readonly name: string;
  /** Absolute folder that is scanned. */
  readonly folder: string;
  /** The folder with its symbolic links resolved. */
  readonly place: string;
  /** Why it could not even be found out what the root is, or null. */
  readonly unreachable: string | null;
  /** Relative to the folder; null: every file of a known format. */
  readonly patterns: readonly string[] | null;
  readonly dated: DatedFolders | null;
  readonly access: Access;
  /** Over all that decides which files are chosen and what they become. */
  readonly settingsHash: string;
  /** Whether the scan sees all of the source's files, so that a file it does not see is gone. */
  readonly unfiltered: boolean;
  placeOf(path: string): FilePlace;
  /** Whether today's patterns choose a path. */
  chooses(path: string): boolean;
}

/** Raised when records of the same bytes come out differently, so that files are loaded again. */
const parserVersion = 11;

/**
 * Makes sources ready: takes their roots apart and joins ad-hoc roots of one folder, which are one source. Throws
 * IngestError `usage` when one name stands for two folders.
 */
export async function planSources(
  sources: readonly SourceSettings[],
  system: System,
): Promise<PlannedSource[]> {
  const planned = new Map<string, PlannedSource>();
  for (const source of await Promise.all(sources.map((settings) => planSource(settings, system)))) {
    const twin = planned.get(source.name);
    if (twin && twin.folder !== source.folder) throw namesTwo(source.name, twin.folder, source.folder);
    planned.set(source.name, twin ? joined(twin, source) : source);
  }
  return [...planned.values()];
}

async function planSource(settings: SourceSettings, system: System): Promise<PlannedSource> {
  const { target, place, unreachable } = await lookUp(settings, system);
  const { folder, single, dated } = target;
  const renamed =
    single && !settings.configured ? namedAfter(settings, basename(folder) || 'root') : settings;
  const rules = renamed.tables.map((rule) => {
    const file = fileRule(rule);
    return { matches: matcher([rule.match]), file, placeOf: placer(file) };
  });
  const others = rules.slice(0, -1);
  const last = rules.at(-1);
  if (!last) throw new Error('a source has at least one table rule');
  const patterns = settings.include ?? target.patterns;
  return {
    settings: renamed,
    name: renamed.name,
    folder,
    place,
    unreachable,
    patterns,
    dated,
    access: isOnNetwork(place, system.mounts()) ? 'network' : 'local',
    unfiltered: settings.configured || target.patterns === null,
    settingsHash: shortHash(JSON.stringify([patterns, settings.exclude, rules.map(({ file }) => file.hash)])),
    placeOf: (path) => (others.find((rule) => rule.matches(path)) ?? last).placeOf(path),
    chooses: chooser(patterns, settings.exclude, dated),
  };
}

/** What a root is. Asked as over a network, for a symbolic link may lead there. */
async function lookUp(
  { root, deadlines }: SourceSettings,
  system: System,
): Promise<{ target: ScanTarget; place: string; unreachable: string | null }> {
  const fixed = fixedPart(root);
  const reach = { calls: system.calls('network'), deadlines };
  try {
    const target = await scanTarget(root, fixed, reach);
    return { target, place: await resolvedPath(target.folder, reach), unreachable: null };
  } catch (error) {
    const target = { folder: fixed, patterns: null, single: false, dated: null };
    return { target, place: fixed, unreachable: whyNot(error) };
  }
}

/** A file given as root is known by its folder, and so is its table unless another was named. */
function namedAfter(settings: SourceSettings, name: string): SourceSettings {
  const tables = settings.tables.map((rule) => ({
    ...rule,
    table: rule.table === settings.name ? name : rule.table,
  }));
  return { ...settings, name, tables };
}

function joined(first: PlannedSource, second: PlannedSource): PlannedSource {
  const patterns =
    first.patterns === null || second.patterns === null ? null : [...first.patterns, ...second.patterns];
  const chooses = chooser(patterns, first.settings.exclude, first.dated);
  return { ...first, patterns, chooses, unfiltered: patterns === null };
}

function fileRule(rule: TableRule): FileRule {
  const { table, dedupe, key, pathColumns } = rule;
  // Every engine reads the same.
  const parse = { ...rule.parse, csv: { ...rule.parse.csv, engine: undefined } };
  const decisive = JSON.stringify({ parserVersion, table, parse, dedupe, key, pathColumns });
  return {
    rule,
    hash: shortHash(decisive),
    parseHash: shortHash(JSON.stringify({ parserVersion, parse, key: dedupe === 'key' ? key : null })),
    sharesContent: dedupe === 'row' && pathColumns === null,
    pathPattern: pathColumns === null ? null : compilePathPattern(pathColumns),
  };
}

/** What a rule makes of the places of its files. Without columns from the path only the ending counts. */
function placer(rule: FileRule): (path: string) => FilePlace {
  const byEnding = new Map<string, FilePlace>();
  return (path) => {
    // The ending hints at the format, so the same bytes under another may become something else.
    const [found = ''] = /(?:\.(?:csv|tsv|txt|json|ndjson|jsonl|geojson))?(?:\.gz)?$/i.exec(path) ?? [];
    const ending = found.toLowerCase();
    if (rule.pathPattern) return filePlace(rule, ending, rule.pathPattern.valuesOf(path));
    const place = byEnding.get(ending) ?? filePlace(rule, ending, []);
    byEnding.set(ending, place);
    return place;
  };
}

function filePlace(rule: FileRule, ending: string, constants: FilePlace['constants']): FilePlace {
  const place = [ending, constants];
  return {
    rule,
    constants,
    settingsHash: shortHash(JSON.stringify([rule.hash, ...place])),
    parseKey: shortHash(JSON.stringify([rule.parseHash, ...place])),
  };
}

function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Throws IngestError `usage` when the ledger knows the source's name from another place. */
export function checkPlace(source: PlannedSource, known: KnownSource | undefined): void {
  if (!known || known.root === source.folder || source.unreachable !== null) return;
  // A share may be mounted elsewhere today; only the config file can say that it is the same one.
  if (source.settings.configured && known.configured) return;
  throw namesTwo(source.name, known.root, source.folder);
}

function namesTwo(name: string, one: string, other: string): IngestError {
  return new IngestError(
    'usage',
    `The source name "${name}" stands for ${one} and for ${other}.`,
    'Give the two roots names of their own in a config file, or load one of them into another --db.',
  );
}
