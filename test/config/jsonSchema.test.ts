import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/jsonSchema.ts';
import { fileOptions, options } from '../../src/config/options.ts';
import { knownKeys } from '../../src/config/schema.ts';

interface Schema {
  readonly properties: Readonly<Record<string, { description?: string; items?: Schema }>>;
  readonly additionalProperties: boolean;
}

const schema = configJsonSchema() as Schema;

test('the schema that is shipped is that of the program', () => {
  const shipped = readFileSync(new URL('../../dist/config.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(shipped)).toEqual(schema);
});

test('it knows the keys of the config file and of a source, and no others', () => {
  expect(Object.keys(schema.properties)).toEqual(knownKeys([]));
  expect(schema.additionalProperties).toBe(false);
  const source = schema.properties.sources?.items;
  expect(Object.keys(source?.properties ?? {})).toEqual(knownKeys(['sources', 0]));
  expect(source?.additionalProperties).toBe(false);
});

test('it describes every option as the help does', () => {
  for (const key of fileOptions) {
    expect(schema.properties[key]?.description).toBe(options[key].description);
  }
});
