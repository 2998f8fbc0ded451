import { CommanderError } from 'commander';
import { unknownVariables } from '../config/resolve.js';
import { ExitCode } from '../domain/errors.js';
import { actions } from './actions.js';
import { allowsColor, ignoreClosedPipe, printError } from './printError.js';
import { buildProgram } from './program.js';

/** Runs the command line `args` (without node and script) and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const program = buildProgram(async (command, call) => {
    warnOfVariables();
    const act = await actions[command]();
    exitCode = await act(call);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    return printError(error, allowsColor(process.env) && !args.includes('--no-color'));
  }
}

/** A variable that is misspelt would be ignored in silence. */
function warnOfVariables(): void {
  for (const { message, hint } of unknownVariables(process.env)) {
    process.stderr.write(`warning: ${message}\n  to do: ${hint}\n`);
  }
}
