import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { variableName } from '../../../src/config/options.ts';
import type { Given } from '../../../src/config/resolve.ts';
import { resolveSettings } from '../../../src/config/settings.ts';
import { ExitCode } from '../../../src/domain/errors.ts';
import type { FileEvent, Summary } from '../../../src/domain/event.ts';
import { run } from '../../../src/ingest/run.ts';
import { reading } from './snapshot.ts';
import { type Running, type Setting, type SourceName, sourceNames } from './steps.ts';
import type { World } from './world.ts';

const bin = fileURLToPath(new URL('../../../bin/ingest.js', import.meta.url));

/** What a run said. */
export interface Told {
  readonly summary: Summary;
  readonly files: readonly FileEvent[];
}

/** Writes the config file of a story and returns the flags of a run over it. */
export function flagsOf(world: World, db: string, running: Running): Given {
  const config = join(world.root, 'ingest.config.json');
  const sources = sourceNames.map((name) => ({
    ...sourceEntry(name, world.folder(name), world.settings[name]),
    csv: { engine: running.engine },
  }));
  writeFileSync(config, JSON.stringify({ sources, batch: { writer: running.writer } }));
  const {
    since,
    until,
    limit,
    sources: source,
    order,
    checksum,
    force,
    strict,
    acceptShrink,
    cache,
  } = running;
  const ago = (seconds: number) => new Date((world.now - seconds) * 1000).toISOString();
  return {
    db,
    config,
    cache: join(world.root, 'cache'),
    noCache: cache === 'off',
    workers: 0,
    order,
    checksum,
    force,
    strict,
    acceptShrink,
    ...(since === null ? {} : { since: ago(since) }),
    ...(until === null ? {} : { until: ago(since === null ? until : Math.min(until, since)) }),
    ...(limit === null ? {} : { limit }),
    ...(source.length === 0 ? {} : { source }),
  };
}

function sourceEntry(name: SourceName, root: string, setting: Setting): object {
  const { types, pathColumns, table, ownRule, onDelete, dedupe } = setting;
  return {
    name,
    root,
    settle: '0s',
    table,
    types,
    onDelete,
    dedupe,
    ...(dedupe === 'key' ? { key: ['k'] } : {}),
    ...(pathColumns === null ? {} : { pathColumns }),
    ...(ownRule ? { tables: [{ match: '**/p_*', table: `${name}_p` }] } : {}),
  };
}

/** Runs the main job in this process; after `interruptAt` events it is interrupted as by SIGINT. */
export async function runHere(flags: Given, interruptAt: number | null = null): Promise<Told> {
  const settings = await resolveSettings(flags, [], {}, '/', new Date());
  const interrupt = new AbortController();
  const files: FileEvent[] = [];
  let events = 0;
  const summary = await run(
    settings.run,
    (event) => {
      if (event.type === 'file') files.push(event);
      if (events === interruptAt) interrupt.abort(ExitCode.interrupted);
      events += 1;
    },
    interrupt.signal,
  );
  return { summary, files };
}

/** Runs the built program and has it killed at a failpoint; it may end before it gets there. */
export function runToKill(flags: Given, killAt: string): void {
  const env = Object.entries(flags).map(([key, value]) => [
    variableName(key as keyof typeof flags),
    String(value),
  ]);
  const { status, stderr } = spawnSync(process.execPath, [bin], {
    env: { PATH: process.env.PATH, INGEST_FAILPOINT: killAt, ...Object.fromEntries(env) },
    encoding: 'utf8',
    timeout: 30_000,
  });
  const killed = status === 1 && stderr.includes('SIGKILL');
  if (!killed && ![0, 3, 4].includes(status ?? -1)) throw new Error(stderr);
}

/** A hash over the pages of the database; null while there is none. */
export function imprint(db: string): string | null {
  if (!existsSync(db)) return null;
  return reading(db, (connection) => createHash('sha256').update(connection.serialize()).digest('hex'));
}
