/** What a cell of a sample looks like; only for judging dialects and headers, never for storing. */
export type CellKind = 'empty' | 'nothing' | 'number' | 'date' | 'code' | 'text';

const nothing = /^(?:n\/?a|nan|null|none|nil|-+|\?|\.|#n\/a|undefined|missing)$/i;
const number =
  /^[\s$€£¥]*[+-]?(?:\d+|\d{1,3}(?:[,.' ]\d{3})+)(?:[.,]\d*)?(?:[eE][+-]?\d+)?\s*[%€$£]?$|^[+-]?[.,]\d+(?:[eE][+-]?\d+)?$/;
const dateParts = [
  String.raw`\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]+\d{1,2}:\d{2}\S*(?: ?[AaPp][Mm])?(?: [A-Z]{3,4})?)?`,
  String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?`,
  String.raw`\d{1,2}[- ][A-Za-z]{3,9}[- ,]*\d{2,4}`,
  String.raw`[A-Za-z]{3,9}[- ]\d{2,4}`,
  String.raw`[A-Za-z]{3,9} \d{1,2}, \d{4}`,
];
const date = new RegExp(`^(?:${dateParts.join('|')})$`);
const longestCode = 40;

export function kindOf(cell: string): CellKind {
  const text = cell.trim();
  if (text === '') return 'empty';
  if (text.length > longestCode) return 'text';
  if (number.test(text)) return 'number';
  if (nothing.test(text)) return 'nothing';
  if (date.test(text)) return 'date';
  return /\d/.test(text) && !/\s/.test(text) ? 'code' : 'text';
}
