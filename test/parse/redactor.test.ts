import { describe, expect, it, test } from 'vitest';
import type { RedactSettings } from '../../src/domain/settings.ts';
import type { Finder } from '../../src/parse/finder.ts';
import { Redactor, redactorFor } from '../../src/parse/redactor.ts';

function redactorOf(columns: RedactSettings['columns'], names: string[] = []): Redactor {
  const redactor = redactorFor({ columns, names });
  if (!redactor) throw new Error('nothing is redacted');
  return redactor;
}

function redactedBy(kind: RedactSettings['columns'][string][number], text: string): string {
  return redactorOf({ note: [kind] }).value('note', text);
}

const found: [Exclude<RedactSettings['columns'][string][number], object>, string, string][] = [
  ['email', 'Mail ann.lee+x@mail.example.org.', 'Mail [EMAIL].'],
  ['email', "<o'brien@x-y.co.uk>, jürgen@müller.de", '<[EMAIL]>, [EMAIL]'],
  ['phone', 'Call (555) 010-4477 or 555-010-4477', 'Call [PHONE] or [PHONE]'],
  ['phone', '+44 20 7946 0958, +49 (0)30 901820', '[PHONE], [PHONE]'],
  ['phone', '5550104477', '[PHONE]'],
  ['phone', '1-800-555-0199 ext. 12, 555.010.4477', '[PHONE], [PHONE]'],
  ['phone', 'at 030 90182 013 or 0171/2345678', 'at [PHONE] or [PHONE]'],
  ['phone', 'desk 555-0142', 'desk [PHONE]'],
  ['ssn', 'SSN 123-45-6789, 123 45 6789, 123456789', 'SSN [SSN], [SSN], [SSN]'],
  ['mrn', 'MRN: 00471120 was seen', '[MRN] was seen'],
  ['mrn', 'medical record number H-123456, patient id #99812', '[MRN], [MRN]'],
  ['mrn', '  AB1234567 ', '[MRN]'],
  ['date', 'on 2026-02-16T08:13:00Z and 2026-02-16 08:13', 'on [DATE] and [DATE]'],
  ['date', '02/16/2026, 16.2.2026, 16-02-26, 20260216', '[DATE], [DATE], [DATE], [DATE]'],
  ['date', 'Feb 16, 2026; 16th of February 2026; 16 Feb. 26', '[DATE]; [DATE]; [DATE]'],
  ['ip', 'from 192.168.0.17 and fe80::1, ::ffff:10.0.0.1', 'from [IP] and [IP], [IP]'],
];

const left: typeof found = [
  ['email', 'a@b, @handle, x @ y.org', ''],
  ['phone', 'BP 120/80, glucose 5.6, 37.25, 2026-02-16, 16.02.2026, 123456', ''],
  ['ssn', '12-345-6789, 1234567890, 123-456-789', ''],
  ['mrn', 'room 4711 of ward 3', ''],
  ['date', 'version 1.2.3.4, 5/6, 2026, in May', ''],
  ['ip', 'version 1.2.3, 256.1.1.1, 12:30:45, 1.2.3.4.5', ''],
];

describe('a pattern', () => {
  it.each(found)('%s takes out of "%s"', (kind, text, expected) => {
    expect(redactedBy(kind, text)).toBe(expected);
  });

  it.each(left)('%s leaves "%s"', (kind, text) => {
    expect(redactedBy(kind, text)).toBe(text);
  });

  it.each(['email', 'phone', 'ssn', 'mrn', 'date', 'ip'] as const)('%s is quick on long text', (kind) => {
    const started = performance.now();
    for (const part of ['1', 'a.', '1-', '(', '1.1.', 'a:', 'mrn ', '2026-1'])
      redactedBy(kind, part.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("may be one's own, with what stands in its place", () => {
    expect(redactedBy({ pattern: 'Room \\d+', as: '[ROOM]' }, 'Room 12, room 12')).toBe('[ROOM], room 12');
    expect(redactedBy({ pattern: 'x+' }, 'axxb')).toBe('a[REDACTED]b');
  });
});

describe('a list of names', () => {
  const redactor = redactorOf({ note: ['name-list'] }, [
    'Zwiebel',
    "Mary-Ann O'Brien",
    'Ålphabet',
    'Zwiebel Quill',
  ]);
  it.each([
    ['Zwiebel came', '[NAME] came'],
    ['ZWIEBEL and zwiebel’s', '[NAME] and [NAME]’s'],
    ['Zwiebel Quill left', '[NAME] left'],
    ['Quill, Zwiebel left', '[NAME] left'],
    ['mary ann o’brien', '[NAME]'],
    ["O'Brien, Mary-Ann", '[NAME]'],
    ['A\u030alphabet', '[NAME]'],
    ['Zwiebelkuchen, Quill, Mary', 'Zwiebelkuchen, Quill, Mary'],
  ])('in "%s"', (text, expected) => {
    expect(redactor.value('note', text)).toBe(expected);
  });
});

describe('a redactor', () => {
  const redactor = redactorOf({ notes: ['phone', 'name-list'], contact_phone: ['phone'] }, ['Zwiebel']);
  const record = (cells: (string | null)[], columns: string[]) =>
    redactor.records([{ cells, line: 1, children: [] }], columns, () => [])[0]?.cells;

  it('knows columns in any case and leaves the others', () => {
    const cells = ['Zwiebel 555-0142', 'Zwiebel 555-0142', null];
    expect(record(cells, ['NOTES', 'other', 'notes2'])).toEqual(['[NAME] [PHONE]', 'Zwiebel 555-0142', null]);
  });

  it('looks into JSON, escapes or not, and keeps it JSON', () => {
    expect(record(['["Z\\u0077iebel \\"x\\"", {"a": 5550104477}, true]'], ['notes'])).toEqual([
      '["[NAME] \\"x\\"", {"a": "[PHONE]"}, true]',
    ]);
  });

  it('finds its columns inside JSON of other columns, also by their joined names', () => {
    const cell = '[{"notes":["Zwiebel"],"contact":{"phone":"555-0142","fax":"555-0143"},"x":"Zwiebel"}]';
    expect(record([cell], ['misc'])).toEqual([
      '[{"notes":["[NAME]"],"contact":{"phone":"[PHONE]","fax":"555-0143"},"x":"Zwiebel"}]',
    ]);
    expect(record(['{"phone":"555-0142"}'], ['contact'])).toEqual(['{"phone":"[PHONE]"}']);
  });

  it('takes any text apart from columns for one of all', () => {
    expect(redactor.text('{"notes": "Zw\\u0069ebel 555-0142')).toBe('{"notes": "[NAME] [PHONE]');
    expect(
      redactor.preamble([
        { key: 'line_1', value: 'Zwiebel' },
        { key: 'Notes', value: 'by Zwiebel' },
      ]),
    ).toEqual([
      { key: 'line_1', value: '[NAME]' },
      { key: 'Notes', value: 'by [NAME]' },
    ]);
  });

  test('gives a finder a whole batch at once, child rows too', () => {
    const asked: string[][] = [];
    const finder: Finder = {
      find: (texts) => {
        asked.push([...texts]);
        return texts.map((text) => [{ start: 0, end: text.length, as: '[X]' }]);
      },
    };
    const children = [{ table: 0, parent: -1, index: 0, cells: ['c', 'd'] }];
    const records = new Redactor(new Map([['n', [finder]]])).records(
      [
        { cells: ['a', 'k'], line: 1, children },
        { cells: ['b'], line: 2, children: [] },
      ],
      ['n', 'k'],
      () => ['o', 'n'],
    );
    expect(asked).toEqual([['a', 'd', 'b']]);
    expect(records.map(({ cells }) => cells)).toEqual([['[X]', 'k'], ['[X]']]);
    expect(records[0]?.children[0]?.cells).toEqual(['c', '[X]']);
  });
});
