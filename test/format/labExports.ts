/** A made-up laboratory export, in the manner of real ones. */
export interface LabExport {
  readonly name: string;
  readonly bytes: Buffer;
  readonly columns: readonly string[];
  readonly records: readonly (readonly string[])[];
  /** Every cell of the file that is not blank, wherever it stands. */
  readonly cells: readonly string[];
}

/** Numbers from 0 to 1 that are the same at every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Office {
  readonly delimiter: string;
  readonly comma: boolean;
  readonly names: readonly string[];
  readonly facts: readonly (readonly [string, string])[];
  readonly footer: readonly string[];
}

const offices: readonly Office[] = [
  {
    delimiter: ';',
    comma: true,
    names: ['Probe', 'Datum', 'Temperatur', 'Druck', 'Extinktion', 'Bemerkung', 'Größe'],
    facts: [
      ['Gerät', 'Photometer 7'],
      ['Prüfer', 'Müller, Jörg'],
      ['Auftrag', 'A-0047'],
      ['Wellenlänge', '450 nm'],
      ['Küvette', '10 mm'],
    ],
    footer: ['Ende der Messung', 'Mittelwert: 4,21 °C', 'Geprüft am 03.02.2024'],
  },
  {
    delimiter: ';',
    comma: true,
    names: ['Échantillon', 'Date', 'Température', 'Pression', 'Débit', 'Remarque', 'Lot'],
    facts: [
      ['Appareil', 'HPLC n° 3'],
      ['Opérateur', 'Hélène'],
      ['Méthode', 'Dosage à 25 °C'],
      ['Série', '0012'],
      ['Durée', '12 min'],
    ],
    footer: ['Fin du rapport', 'Écart type : 0,3'],
  },
  {
    delimiter: ',',
    comma: false,
    names: ['Sample', 'Time', 'Temp', 'Pressure', 'Signal', 'Comment', 'Lot'],
    facts: [
      ['Instrument', 'GC-2'],
      ['Operator', 'Ann'],
      ['Method', 'Headspace v4'],
      ['Serial', '00481'],
      ['Column', 'DB-5 30 m'],
    ],
    footer: ['End of report', 'Checksum 4F1A', 'Printed 2024-02-03 by Ann'],
  },
  {
    delimiter: '\t',
    comma: false,
    names: ['Well', 'Cycle', 'Ct', 'Target', 'Quantity', 'Note', 'Plate'],
    facts: [
      ['Block Type', '96well'],
      ['Chemistry', 'SYBR'],
      ['Passive Reference', 'ROX'],
      ['Run', '0007'],
    ],
    footer: ['Analysis Type - Singleplex', 'END'],
  },
];

const encodings = ['utf-8', 'utf-8 with mark', 'windows-1252', 'utf-16le with mark'] as const;
const remarks = ['', '', '', 'ok', 'repeat', 'µ-filter', 'n. b.'];

/** The `index`-th export. */
export function labExport(index: number): LabExport {
  const random = randomFrom(index * 7919 + 1);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const office = pick(offices);
  const encoding = pick(encodings);
  const width = 3 + below(office.names.length - 2);
  const columns = office.names.slice(0, width);
  const top = preambleOf(office, below(5), below(5), width);
  const units =
    below(4) === 0 ? columns.map((_, i) => (i === 0 ? '' : pick(['mg/l', '°C', 'µm', 'bar', '%']))) : null;
  const records = Array.from({ length: 4 + below(40) }, (_, row) =>
    columns.map((_, column) => cellAt(column, row, office, random, pick)),
  );
  const bottom = below(3) === 0 ? ['', ...office.footer.slice(0, 1 + below(office.footer.length))] : [];
  const lineOf = (cells: readonly string[]) =>
    cells.map((cell) => quoted(cell, office.delimiter)).join(office.delimiter);
  const table = [columns, ...(units ? [units] : []), ...records].map(lineOf);
  if (below(5) === 0) table.splice(2 + below(table.length - 2), 0, '');
  const eol = pick(['\r\n', '\n', '\r\n', '\r']);
  const text = [...top.lines, ...table, ...bottom].join(eol) + (below(3) === 0 ? '' : eol);
  const cells = [...top.cells, ...columns, ...(units ?? []), ...records.flat(), ...bottom];
  return {
    name: `${index}: ${encoding}, ${JSON.stringify(office.delimiter)}, ${top.style}${units ? ', units' : ''}`,
    bytes: encoded(text, encoding),
    columns,
    records: units ? [units, ...records] : records,
    cells: cells.filter((cell) => cell.trim() !== ''),
  };
}

interface Preamble {
  readonly style: string;
  readonly lines: readonly string[];
  readonly cells: readonly string[];
}

function preambleOf({ facts, delimiter }: Office, style: number, count: number, width: number): Preamble {
  const said = facts.slice(0, count);
  const cells = said.flat();
  if (style === 0 || count === 0) return { style: 'no preamble', lines: [], cells: [] };
  if (style === 1) {
    const lines = said.map((fact) => fact.map((cell) => quoted(cell, delimiter)).join(delimiter));
    return { style: 'key;value', lines: [...lines, ''], cells };
  }
  if (style === 2) {
    const lines = said.map(([key, value]) => `# ${key}: ${value.replaceAll(delimiter, ' ')}`);
    return { style: 'comments', lines, cells: lines };
  }
  if (style === 3) {
    const padding = delimiter.repeat(width - 2);
    const lines = said.map((fact) => fact.map((cell) => quoted(cell, delimiter)).join(delimiter) + padding);
    return {
      style: 'padded',
      lines: ['[Header]', ...lines, '', '[Data]'],
      cells: ['[Header]', '[Data]', ...cells],
    };
  }
  const lines = [
    'Report of the laboratory',
    ...said.map(([key, value]) => `${key} = ${value.replaceAll(delimiter, ' ')}`),
  ];
  return { style: 'prose', lines: [...lines, ''], cells: lines };
}

function cellAt(
  column: number,
  row: number,
  { comma }: Office,
  random: () => number,
  pick: <T>(list: readonly T[]) => T,
): string {
  if (column === 0) return `S${String(row + 1).padStart(3, '0')}`;
  if (column === 1) return `2024-02-${String((row % 28) + 1).padStart(2, '0')}`;
  if (column === 5) return pick(remarks);
  if (column === 6) return `00${4700 + row}`;
  if (random() < 0.05) return pick(['', 'N/A', '<0.1']);
  const number = (random() * 100).toFixed(1 + (column % 3));
  return comma ? number.replace('.', ',') : number;
}

function quoted(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encoded(text: string, encoding: (typeof encodings)[number]): Buffer {
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1');
  if (encoding === 'utf-16le with mark') return Buffer.from(`\ufeff${text}`, 'utf16le');
  return Buffer.from(encoding === 'utf-8' ? text : `\ufeff${text}`);
}
