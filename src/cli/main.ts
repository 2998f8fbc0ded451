import { CommanderError } from 'commander';
import { ExitCode, systemCode } from '../domain/errors.js';
import { asIngestError } from '../ingest/record.js';
import { errorText } from '../report/errorText.js';
import { buildProgram } from './program.js';

/** Runs the command line `args` (without node and script) and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const program = buildProgram({
    run: async (roots, flags) => {
      const { runCommand } = await import('./run.js');
      exitCode = await runCommand(roots, flags);
    },
    status: async (flags) => {
      const { statusCommand } = await import('./status.js');
      statusCommand(flags);
    },
    files: async (paths, flags) => {
      const { filesCommand } = await import('./files.js');
      filesCommand(paths, flags);
    },
    rejects: async (args, flags, own) => {
      const { rejectsCommand } = await import('./rejects.js');
      exitCode = await rejectsCommand({ args, flags, own });
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const shown = asIngestError(error);
    process.stderr.write(`${errorText(shown, colorful(args))}\n`);
    return shown.exitCode;
  }
}

/** Whoever reads our words may stop (`| head`); the work goes on to its end. */
function ignoreClosedPipe(error: unknown): void {
  if (systemCode(error) !== 'EPIPE') throw error;
}

function colorful(args: readonly string[]): boolean {
  const { env, stderr } = process;
  return Boolean(stderr.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb' && !args.includes('--no-color');
}
