import { type DialectFinding, dialectAgain, type GivenDialect } from './dialect.js';

/** Dialects that are remembered; a source has few. */
const remembered = 16;

interface Memory {
  readonly given: string;
  /** The header and the line end behind it. */
  readonly header: string;
  readonly finding: DialectFinding;
}

/** The dialects of the last files: one whose next file has the same header on the same line need not be found again. */
export class DialectMemory {
  #memories: Memory[] = [];

  /** The finding for a sample that a remembered dialect fits without exception, or null. */
  recall(sample: string, given: GivenDialect): DialectFinding | null {
    const wanted = JSON.stringify(given);
    for (const memory of this.#memories) {
      if (memory.given !== wanted) continue;
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
    const memory = { given: JSON.stringify(given), header, finding };
    this.#memories = [memory, ...this.#memories].slice(0, remembered);
  }
}

/** Offset at which a 1-based line starts, or null. */
function lineStart(text: string, line: number): number | null {
  const end = /\r\n|\r|\n/g;
  for (let at = 1; at < line; at++) if (!end.test(text)) return null;
  return line === 1 ? 0 : end.lastIndex;
}
