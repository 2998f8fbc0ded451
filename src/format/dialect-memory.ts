import { CellBlock } from '../domain/cellBlock.js';
import type { CutRecords } from './csv-cutter.js';
import type { DialectFinding, GivenDialect } from './dialect.js';
import { PlainTable } from './dialect-plain.js';

/** Dialects that are remembered; a source has few. */
const remembered = 16;

interface Memory {
  readonly given: GivenDialect;
  readonly finding: DialectFinding;
  readonly table: PlainTable;
}

/** A finding that fits again, with the records of the sample; they hold until the next is asked for. */
export interface Recalled {
  readonly finding: DialectFinding;
  readonly records: CutRecords;
}

/**
 * The dialects of the last files. That one of them is found again for another file is seen without looking for it, or it
 * is not taken: what a file says must not depend on those that came before.
 */
export class DialectMemory {
  #memories: Memory[] = [];
  readonly #cells = new CellBlock();

  /** The finding for a sample of whole lines, UTF-8, or null where it must be looked for. */
  recall(sample: Buffer, given: GivenDialect): Recalled | null {
    for (const memory of this.#memories) {
      const records = isSame(memory.given, given) ? memory.table.recordsOf(sample, this.#cells) : null;
      if (records) return { finding: memory.finding, records };
    }
    return null;
  }

  /** Remembers a finding without a doubt, of a table that can be known again. */
  keep(sample: string, given: GivenDialect, finding: DialectFinding): void {
    if (given.header !== 'auto' || !finding.dialect.hasHeader || !finding.certain) return;
    const [header = ''] = /^[^\r\n]*(?:\r\n|\r|\n)/.exec(sample) ?? [];
    const rivals = given.delimiter === 'auto';
    const table = header.includes('"') ? null : PlainTable.of(sample, header, finding.dialect, rivals);
    if (!table) return;
    const memory = { given, finding, table };
    this.#memories = [memory, ...this.#memories].slice(0, remembered);
  }
}

function isSame(one: GivenDialect, other: GivenDialect): boolean {
  return (
    one.delimiter === other.delimiter &&
    one.quote === other.quote &&
    one.escape === other.escape &&
    one.header === other.header &&
    one.preamble === other.preamble &&
    one.likely === other.likely
  );
}
