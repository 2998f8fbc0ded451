import { IngestError } from '../domain/errors.js';
import { commands } from './commands.js';
import { type Switch, switchesOf } from './switches.js';

/**
 * Throws IngestError `usage` where the value of an option is the name of another option: it was forgotten, and what
 * follows would be taken for it. `--db=--json` says that it is meant.
 */
export function checkValues(args: readonly string[]): void {
  const end = args.indexOf('--');
  const line = end < 0 ? args : args.slice(0, end);
  const switches = commands.flatMap(switchesOf);
  const wantsValue = new Set(switches.filter(needsValue).map(({ flag }) => flag));
  const names = new Set([...switches.flatMap(({ flag, short }) => [flag, short]), '--version', '-V']);
  for (let i = 0; i < line.length - 1; i += 1) {
    const [option = '', next = ''] = line.slice(i, i + 2);
    if (!wantsValue.has(option)) continue;
    if (names.has(next.replace(/=.*/s, ''))) throw valueMissing(option, next);
    i += 1;
  }
}

function needsValue({ placeholder }: Switch): boolean {
  return placeholder.startsWith('<');
}

function valueMissing(option: string, next: string): IngestError {
  return new IngestError(
    'usage',
    `${option} has no value: the option ${next} follows it`,
    `give it one; ${option}=${next} says that "${next}" is it`,
  );
}
