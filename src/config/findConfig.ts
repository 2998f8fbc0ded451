import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from './resolve.js';

/** The config file to use: the one named, or the first that exists at the usual places. */
export function findConfig(named: string | null, env: Environment, cwd: string): string | null {
  if (named !== null) return resolve(cwd, named);
  const home = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const places = [resolve(cwd, 'ingest.config.json'), resolve(cwd, home, 'ingest', 'config.json')];
  return places.find((place) => existsSync(place)) ?? null;
}
