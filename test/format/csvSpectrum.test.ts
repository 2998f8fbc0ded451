import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFile } from './sample.ts';

const folder = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
const names = readdirSync(join(folder, 'csvs')).map((file) => basename(file, '.csv'));

/** The package's JSON has another phone number than its CSV. */
const misprint = '1234567890';

describe('csv-spectrum', () => {
  it.each(names)('%s', (name) => {
    const { columns, rows, rejects } = readFile(readFileSync(join(folder, 'csvs', `${name}.csv`)));
    const records = rows.map((row) =>
      Object.fromEntries(row.map((cell, i) => [columns?.[i] ?? '', cell ?? ''])),
    );
    const text = readFileSync(join(folder, 'json', `${name}.json`), 'utf8');
    const expected = [JSON.parse(text.replace(misprint, '2095257564'))].flat();
    expect({ records, rejects }).toEqual({ records: expected, rejects: [] });
  });
});
