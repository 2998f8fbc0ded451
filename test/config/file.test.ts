import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { findConfig } from '../../src/config/findConfig.ts';
import { errorOf, folderWith } from './folder.ts';

describe('the config file is', () => {
  test('the one that is named, relative to the working directory, whether it exists or not', () => {
    const folder = folderWith({ 'ingest.config.json': {} });
    expect(findConfig('other.json', {}, folder)).toBe(join(folder, 'other.json'));
  });

  test('else the one in the working directory', () => {
    const folder = folderWith({ 'ingest.config.json': {}, 'home/ingest/config.json': {} });
    const env = { XDG_CONFIG_HOME: join(folder, 'home') };
    expect(findConfig(null, env, folder)).toBe(join(folder, 'ingest.config.json'));
  });

  test('else the one in XDG_CONFIG_HOME', () => {
    const folder = folderWith({ 'home/ingest/config.json': {} });
    const env = { XDG_CONFIG_HOME: join(folder, 'home') };
    expect(findConfig(null, env, folder)).toBe(join(folder, 'home/ingest/config.json'));
  });

  test('else the one in ~/.config', () => {
    const folder = folderWith({ '.config/ingest/config.json': {} });
    const env = { HOME: folder, XDG_CONFIG_HOME: '' };
    expect(findConfig(null, env, folder)).toBe(join(folder, '.config/ingest/config.json'));
  });

  test('else none', () => {
    const folder = folderWith();
    expect(findConfig(null, { HOME: folder }, folder)).toBeNull();
  });
});

function read(text: string) {
  return readConfig(join(folderWith({ 'c.json': text }), 'c.json'));
}

test('comments, trailing commas and a byte order mark are allowed', () => {
  expect(read('\ufeff{ // one\n "a": [1, 2,], /* two */ }').value).toEqual({ a: [1, 2] });
});

test('a document knows where its keys and values stand', () => {
  const document = read('{\r\n  "a": [\r\n    { "b":  5 }\r\n  ]\r\n}');
  expect(document.position(['a', 0, 'b'], 'key')).toBe(`${document.path}:3:7`);
  expect(document.position(['a', 0, 'b'], 'value')).toBe(`${document.path}:3:13`);
  expect(document.position(['a', 0, 'missing'], 'value')).toBe(`${document.path}:3:5`);
  expect(document.excerpt(['a', 0, 'b'])).toBe('5');
  expect(document.excerpt(['a', 0, 'missing'])).toBeNull();
});

test('a long value is quoted short and on one line', () => {
  expect(read(`{"a": [\n"${'x'.repeat(100)}"]}`).excerpt(['a'])).toMatch(/^\[ "x{56}…$/);
});

test.each([
  ['', ':1:1: value expected'],
  ['{"a": 1,\n "b" 2}', ':2:6: colon expected'],
  ['{"a": 1\n "b": 2}', ':2:2: comma expected'],
  ['{"a": tru}', ':1:7: invalid symbol'],
  ['{"a": 1', ':1:8: close brace expected'],
  ['{"a": 1,\n "a": 2}', ':2:2: the key "a" stands twice'],
  ['{"__proto__": {"db": "x"}}', ':1:2: the key "__proto__" cannot be used'],
])('the text %j is refused with line and column', (text, expected) => {
  const error = errorOf(() => read(text));
  expect(error.code).toBe('config');
  expect(error.message).toContain(`c.json${expected}`);
  expect(error.hint).toBeTruthy();
});

test('a named file that is missing is an error that names it', () => {
  const path = join(folderWith(), 'none.json');
  const error = errorOf(() => readConfig(path));
  expect(error.exitCode).toBe(2);
  expect(error.message).toBe(`${path}: there is no such config file`);
  expect(error.hint).toContain('--config');
});

test('a folder in place of the file is an error', () => {
  const folder = folderWith();
  expect(errorOf(() => readConfig(folder)).message).toContain(`${folder}: cannot be read`);
});

test('bytes that are not UTF-8 are an error', () => {
  const path = join(folderWith({ 'c.json': Buffer.from('{"db": "gr\xfcn.db"}', 'latin1') }), 'c.json');
  const error = errorOf(() => readConfig(path));
  expect(error.message).toContain(`${path}: cannot be read`);
  expect(error.hint).toContain('UTF-8');
});

test('nesting without end is an error like any other', () => {
  expect(errorOf(() => read('['.repeat(200_000))).message).toContain('nested too deeply');
});
