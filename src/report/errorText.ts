import type { IngestError } from '../domain/errors.js';
import { type Named, withNamed } from './commandLine.js';
import { printable } from './printable.js';
import { paint } from './style.js';

/** What happened and where; how to mend it; what was taken for granted: a line each, as far as known. */
export function errorText(error: IngestError, color: boolean, named: Named = {}): string {
  const lines = [`${paint('error:', 'red', color)} ${printable(error.message)}`];
  if (error.hint !== undefined) {
    lines.push(`${paint('  to do:', 'bold', color)} ${printable(withNamed(error.hint, named))}`);
  }
  if (error.assumed !== undefined) {
    lines.push(`${paint('  assumed:', 'dim', color)} ${printable(error.assumed)}`);
  }
  return lines.join('\n');
}
