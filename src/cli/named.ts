import type { Given } from '../config/resolve.js';
import type { Named } from '../report/commandLine.js';

const names = ['db', 'config', 'cache'] as const;

/** What the command line says of database, config file and cache. */
export function namedBy(flags: Given): Named {
  const said = names.map((name) => [name, flags[name]] as const);
  return Object.fromEntries(said.filter(([, value]) => typeof value === 'string'));
}
