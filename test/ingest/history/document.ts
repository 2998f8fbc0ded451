import fc from 'fast-check';

/** A small table that is written as a file; an empty cell is NULL. */
export interface Document {
  readonly format: 'csv' | 'tsv' | 'ndjson' | 'array';
  readonly columns: readonly string[];
  readonly records: readonly (readonly string[])[];
  /** A last record that cannot be read: a reject, but in a JSON array the end of the file. */
  readonly broken: boolean;
}

/** Few values, so that equal records, repeats and equal keys are frequent; numbers that say the same differently. */
const values = [
  '1',
  '01',
  '1.0',
  '1.5',
  '2',
  '-3',
  'x',
  '',
  '',
  'N/A',
  '1e-1',
  '9007199254740993',
  '12345678901234567890',
  'say "x", y',
];

const cell = fc.constantFrom(...values);

/** Cells of one record; a document takes as many of them as it has columns. */
export const cells = fc.array(cell, { minLength: 5, maxLength: 5 });

/** Columns besides the key `k`; `A` and `a` are one column, `p_q` is a nested object in JSON, `c` a list of objects. */
const otherColumns = fc.uniqueArray(fc.constantFrom('a', 'b', 'A', 'p_q', 'c'), {
  selector: (name) => name.toLowerCase(),
  maxLength: 3,
});

const columns = otherColumns.chain((others) =>
  fc.nat({ max: others.length }).map((place) => [...others.slice(0, place), 'k', ...others.slice(place)]),
);

/** A document without a format; the path it is written to decides that. */
export type Draft = Omit<Document, 'format'>;

export const draft: fc.Arbitrary<Draft> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      columns,
      records: fc.array(cells, { maxLength: 5 }),
      broken: fc.integer({ min: 0, max: 14 }).map((n) => n === 14),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ columns: [], records: [], broken: false }) },
);

/** Whether a document as a whole is unreadable; one broken line alone does not show that it is NDJSON. */
export function isUnreadable({ format, columns: names, records, broken }: Document): boolean {
  if (!broken || names.length === 0) return false;
  return format === 'array' || (format === 'ndjson' && records.length === 0);
}

/** Records as they are parsed, with the one that is a reject. */
export function recordsOf(document: Document): number {
  return document.columns.length === 0 ? 0 : document.records.length + (hasBrokenLine(document) ? 1 : 0);
}

/** A broken line right below a header would be taken for the header, and the header for what stands above one. */
function hasBrokenLine({ format, records, broken }: Document): boolean {
  return broken && (records.length > 0 || format === 'ndjson' || format === 'array');
}

/** The format that a path's ending suggests. */
export function formatOf(path: string): Document['format'] {
  if (path.includes('.tsv')) return 'tsv';
  if (path.includes('.ndjson')) return 'ndjson';
  return path.includes('.json') ? 'array' : 'csv';
}

export function render(document: Document): string {
  if (document.columns.length === 0) return document.format === 'array' ? '[]' : '';
  if (document.format === 'csv') return renderText(document, ',');
  if (document.format === 'tsv') return renderText(document, '\t');
  return renderJson(document);
}

function renderText(document: Document, delimiter: string): string {
  const { columns: names, records } = document;
  const lines = [names, ...records.map((record) => names.map((_, index) => record[index] ?? ''))];
  if (hasBrokenLine(document)) lines.push([...names.map(() => 'x'), 'too', 'many']);
  const text = lines.map((line) => line.map((value) => quotedCell(value, line.length === 1)).join(delimiter));
  return text.map((line) => `${line}\n`).join('');
}

/** A line that is nothing but one empty cell would be a blank line. */
function quotedCell(value: string, alone: boolean): string {
  return /[",\t]/.test(value) || (alone && value === '') ? `"${value.replaceAll('"', '""')}"` : value;
}

function renderJson({ format, columns: names, records, broken }: Document): string {
  const objects = records.map((record) => {
    const members = names.map((name, index) => member(name, record[index] ?? ''));
    return `{${members.join(', ')}}`;
  });
  if (format === 'ndjson')
    return [...objects, ...(broken ? ['{"k": '] : [])].map((line) => `${line}\n`).join('');
  return `[${objects.join(',\n')}${broken ? '' : ']'}`;
}

function member(name: string, value: string): string {
  const [outer = '', inner] = name.split('_');
  const literal = name === 'c' ? jsonList(value) : jsonLiteral(value);
  return inner === undefined ? `"${outer}": ${literal}` : `"${outer}": {"${inner}": ${literal}}`;
}

/** A list of objects, in which another may lie. */
function jsonList(value: string): string {
  if (value === '') return '[]';
  const inner = value.length > 1 ? `, "w": [{"u": ${jsonLiteral(value)}}, {}, {"u": 1, "a": "x"}]` : '';
  return `[{"v": ${jsonLiteral(value)}${inner}}${value.length > 3 ? ', {"a": 2}' : ''}]`;
}

function jsonLiteral(value: string): string {
  if (value === '') return 'null';
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e-?\d+)?$/.test(value) ? value : JSON.stringify(value);
}
