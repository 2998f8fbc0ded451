import { CommanderError } from 'commander';
import { unknownVariables } from '../config/resolve.js';
import { ExitCode } from '../domain/errors.js';
import type { Named } from '../report/commandLine.js';
import { actions } from './actions.js';
import { namedBy } from './named.js';
import { buildProgram } from './program.js';
import { allowsColor, ignoreClosedPipe } from './streams.js';
import { checkValues } from './values.js';

/** Runs the command line `args` (without node and script) and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  let named: Named = {};
  const program = buildProgram(async (command, call) => {
    named = namedBy(call.flags);
    warnOfVariables();
    const act = await actions[command]();
    exitCode = await act(call);
  });
  try {
    checkValues(args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const { printError } = await import('./printError.js');
    return printError(error, allowsColor(process.env) && !args.includes('--no-color'), named);
  }
}

/** A variable that is misspelt would be ignored in silence. */
function warnOfVariables(): void {
  for (const { message, hint } of unknownVariables(process.env)) {
    process.stderr.write(`warning: ${message}\n  to do: ${hint}\n`);
  }
}
