import type { OutputSettings } from '../domain/settings.js';
import { jsonText } from '../report/jsonLines.js';
import type { Page } from '../report/style.js';

/** The page that stdout is: its columns, and colour only where a terminal shows it. */
export function stdoutPage(output: OutputSettings): Page {
  return { width: stdoutColumns(80), color: output.color && Boolean(process.stdout.isTTY) };
}

/** Columns of the terminal that stdout is; `otherwise` where it is none, or one that does not know its size. */
export function stdoutColumns(otherwise: number): number {
  return process.stdout.columns || otherwise;
}

/** As {@link stdoutPage}, but off a terminal as wide as it takes: whoever searches the lines needs whole paths. */
export function linePage(output: OutputSettings): Page {
  return process.stdout.isTTY ? stdoutPage(output) : { width: 10_000, color: false };
}

/** Writes text and a line end to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes plain data to stdout as one line of JSON. */
export function printJson(value: unknown): void {
  print(jsonText(value));
}
