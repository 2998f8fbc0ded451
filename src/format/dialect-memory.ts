import { CellBlock } from '../domain/cellBlock.js';
import type { CutRecords } from './csv-cutter.js';
import { type DialectFinding, dialectAgain, type GivenDialect } from './dialect.js';
import { PlainTable } from './dialect-plain.js';

/** Dialects that are remembered; a source has few. */
const remembered = 16;

interface Memory {
  readonly given: string;
  /** The header and the line end behind it. */
  readonly header: string;
  readonly finding: DialectFinding;
  readonly plain: PlainTable | null;
}

/** What a file is judged by. */
export interface Sample {
  /** Whole lines, UTF-8, transcoded if need be. */
  readonly bytes: Buffer;
  /** The same as text. */
  readonly text: () => string;
}

/** A finding that fits again, with the records of the sample if it was known by them; they hold until the next is asked for. */
export interface Recalled {
  readonly finding: DialectFinding;
  readonly records: CutRecords | null;
}

/** The dialects of the last files: one whose next file has the same header on the same line need not be found again. */
export class DialectMemory {
  #memories: Memory[] = [];
  readonly #cells = new CellBlock();

  /** The finding for a sample that a remembered dialect fits without exception, or null. */
  recall({ bytes, text }: Sample, given: GivenDialect): Recalled | null {
    const wanted = JSON.stringify(given);
    const memories = this.#memories.filter((memory) => memory.given === wanted);
    for (const { plain, finding } of memories) {
      const records = plain?.recordsOf(bytes, this.#cells) ?? null;
      if (records) return { finding, records };
    }
    const finding = memories.length === 0 ? null : this.#recallFrom(memories, text(), given);
    return finding && { finding, records: null };
  }

  #recallFrom(memories: readonly Memory[], sample: string, given: GivenDialect): DialectFinding | null {
    for (const memory of memories) {
      const start = lineStart(sample, memory.finding.dialect.firstLine);
      if (start === null || !sample.startsWith(memory.header, start)) continue;
      const again = dialectAgain(sample, memory.finding, given);
      if (again) return again;
    }
    return null;
  }

  /** Remembers a finding that recalling it can rest on: one with a header, and without a doubt. */
  keep(sample: string, given: GivenDialect, finding: DialectFinding): void {
    const start = lineStart(sample, finding.dialect.firstLine);
    if (start === null || !finding.dialect.hasHeader || !finding.certain) return;
    const [header = ''] = /^[^\r\n]*(?:\r\n|\r|\n)/.exec(sample.slice(start)) ?? [];
    // One column fits every file, so it proves nothing for the next.
    if (header === '' || header.includes('"') || !header.includes(finding.dialect.delimiter)) return;
    const plain = given.header === 'auto' ? PlainTable.of(sample, header, finding.dialect) : null;
    const memory = { given: JSON.stringify(given), header, finding, plain };
    this.#memories = [memory, ...this.#memories].slice(0, remembered);
  }
}

/** Offset at which a 1-based line starts, or null. */
function lineStart(text: string, line: number): number | null {
  const end = /\r\n|\r|\n/g;
  for (let at = 1; at < line; at++) if (!end.test(text)) return null;
  return line === 1 ? 0 : end.lastIndex;
}
