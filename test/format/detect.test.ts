import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/format/detect.ts';

const json: [string, string][] = [
  ['[{"a":1}]', 'x.csv'],
  ['\ufeff \n[ {"a":1}, {"a":2} ]', 'x.txt'],
  ['{"a":1}\n{"a":2}\n', 'x.txt'],
  ['{\n  "a": 1\n}', 'x'],
  ['{"a": "cut off in the', 'x.txt'],
  ['{"a": tru}\n{"a": 2}\n', 'x.txt'],
  ['[{}]', 'x.txt'],
  ['[{', 'x.txt'],
  ['[]', 'x.txt'],
  ['{}\n{}\n', 'x.txt'],
  ['[1, 2, 3]\n', 'x.txt'],
  ['[[1, 2], [3', 'x.txt'],
  ['["a", "b"]', 'x.txt'],
  ['', 'x.json'],
  ['  ', 'x.jsonl'],
  ['1\n2\n', 'x.ndjson'],
  ['exported by hand\n{"a":1}\n', 'x.NDJSON.gz'],
  ['{a: 1}', 'x.json'],
];

const csv: [string, string][] = [
  ['a,b\n1,2\n', 'x.csv'],
  ['[mA],[V]\n1,2\n', 'x.csv'],
  ['[mA],[V]\n1,2\n', 'x.txt'],
  ['[1],[2]\n3,4\n', 'x.tsv'],
  ['[],[]\n3,4\n', 'x.txt'],
  ['{id},{name}\n1,x\n', 'x.txt'],
  ['[{x}],b\n1,2\n', 'x.txt'],
  ['1,2\n3,4\n', 'x.txt'],
  ['id,name\n1,x\n', 'x.json'],
  ['"id","name"\n1,x\n', 'x.json'],
  ['', 'x.csv'],
  ['', 'x.txt'],
  ['null\n', 'x.csv'],
];

describe('detectFormat', () => {
  it.each(json)('takes %j in %s for JSON', (head, path) => {
    expect(detectFormat(Buffer.from(head), path)).toBe('json');
  });

  it.each(csv)('takes %j in %s for CSV', (head, path) => {
    expect(detectFormat(Buffer.from(head), path)).toBe('csv');
  });

  it('takes JSON for JSON wherever its head is cut off', () => {
    const text = '[\n {"name": "Müller", "values": [1.5e3, null, true], "o": {}},\n {"name": "\\u00fc"}\n]';
    const bytes = Buffer.from(text);
    for (let end = 1; end <= bytes.length; end++) {
      expect(detectFormat(bytes.subarray(0, end), 'x.txt'), bytes.toString('utf8', 0, end)).toBe('json');
    }
  });
});
