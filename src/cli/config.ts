import { effectiveConfig } from '../config/effective.js';
import { resolveDatabase } from '../config/settings.js';
import { ExitCode } from '../domain/errors.js';
import { configText } from '../report/configText.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';

/** `ingest config [root…]`: what a run with the same line would go by, and who says so. */
export async function configCommand({ args, flags }: Call): Promise<number> {
  const config = await effectiveConfig(flags, args, process.env, process.cwd());
  const { output } = await resolveDatabase(flags, process.env, process.cwd());
  if (output.json) printJson({ type: 'config', ...config });
  else print(configText(config, stdoutPage(output)));
  return ExitCode.done;
}
