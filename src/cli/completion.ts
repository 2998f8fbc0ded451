import { suggestion } from '../config/nearest.js';
import { ExitCode, IngestError } from '../domain/errors.js';
import type { Call } from './commands.js';
import { print, printJson } from './page.js';
import { completions, type Shell } from './shells.js';

/** `ingest completion <shell>`: the script that makes a shell complete our words. */
export function completionCommand({ args: [shell = ''], flags }: Call): number {
  if (!isShell(shell)) {
    const hint = suggestion(shell, Object.keys(completions));
    throw new IngestError('usage', `there is no completion for the shell "${shell}"`, hint);
  }
  const script = completions[shell]();
  if (flags.json) printJson({ type: 'completion', shell, script });
  else print(script.trimEnd());
  return ExitCode.done;
}

function isShell(name: string): name is Shell {
  return Object.hasOwn(completions, name);
}
