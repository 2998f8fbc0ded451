import type { OutputSettings } from '../domain/settings.js';
import { jsonText } from '../report/jsonLines.js';
import type { Page } from '../report/style.js';

/** The page that stdout is: its columns, and colour only where a terminal shows it. */
export function stdoutPage(output: OutputSettings): Page {
  const { columns = 80, isTTY } = process.stdout;
  return { width: columns, color: output.color && Boolean(isTTY) };
}

/** Writes text and a line end to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes plain data to stdout as one line of JSON. */
export function printJson(value: unknown): void {
  print(jsonText(value));
}
