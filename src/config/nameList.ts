import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { IngestError, messageOf } from '../domain/errors.js';
import type { RedactSettings } from '../domain/settings.js';
import type { PerTable } from './schema.js';

/**
 * What is redacted, with the names read from the file that `nameList` says. `folder` is where the config file stands.
 * Throws IngestError('config') for a list that is asked for and not there.
 */
export function redactSettings({ redact = {}, nameList }: PerTable, folder: string): RedactSettings {
  const asked = Object.values(redact).some((found) => found.includes('name-list'));
  if (!asked) return { columns: redact, names: [] };
  if (nameList === undefined) {
    const message = '"redact" asks for "name-list", but no list is named';
    throw new IngestError('config', message, 'add "nameList": "names.txt", a file with a name on each line');
  }
  return { columns: redact, names: readNames(resolve(folder, nameList)) };
}

function readNames(path: string): string[] {
  const lines = readText(path).split(/\r\n|[\r\n]/);
  const names = [...new Set(lines.map((line) => line.trim()))].filter((name) => /[\p{L}\p{N}]/u.test(name));
  if (names.length > 0) return names.sort();
  throw new IngestError('config', `${path}: no name stands in it`, 'write one on each line');
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    const message = `${path}: the list of names cannot be read: ${messageOf(cause)}`;
    throw new IngestError(
      'config',
      message,
      '"nameList" is a text file in UTF-8, relative to the config file',
      {
        cause,
      },
    );
  }
}
