import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redactSettings } from '../../src/config/nameList.ts';
import { IngestError } from '../../src/domain/errors.ts';
import { folderWith } from './folder.ts';

const redact = { notes: ['name-list' as const] };

test('a list of names is read once for each name, relative to the config file', () => {
  const folder = folderWith({});
  writeFileSync(join(folder, 'names.txt'), '\ufeff Lee \r\n\nAnn O’Brien\nLee\n--\n');
  expect(redactSettings({ redact, nameList: 'names.txt' }, folder).names).toEqual(['Ann O’Brien', 'Lee']);
});

test('no list is read that nothing asks for', () => {
  expect(redactSettings({ redact: { a: ['email'] }, nameList: 'no.txt' }, '/')).toEqual({
    columns: { a: ['email'] },
    names: [],
  });
});

test.each([
  ['none is named', undefined, Buffer.alloc(0), 'no list is named'],
  ['it is not there', 'other.txt', Buffer.alloc(0), 'cannot be read'],
  ['it is empty', 'names.txt', Buffer.from('\n \n'), 'no name stands in it'],
  ['it is not UTF-8', 'names.txt', Buffer.from([0x4d, 0xfc]), 'cannot be read'],
])('%s: an error of the config', (_name, nameList, bytes, message) => {
  const folder = folderWith({});
  writeFileSync(join(folder, 'names.txt'), bytes);
  const read = () => redactSettings({ redact, nameList }, folder);
  expect(read).toThrow(IngestError);
  expect(read).toThrow(message);
});
