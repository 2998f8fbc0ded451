/** The columns that a pattern such as `{machine}/{lot}_*.csv` fills from a path, in the pattern's order. */
export interface PathPattern {
  readonly names: readonly string[];
  /** The values of a path; empty ones where the path does not match. */
  valuesOf(path: string): readonly (readonly [name: string, value: string])[];
}

const token = /\{([^{}]*)\}|\*\*\/|\*\*|\*|\?|[^{}*?]+/g;

/** Compiles a pattern that the config file has checked. A name takes as little as the rest allows, never a `/`. */
export function compilePathPattern(pattern: string): PathPattern {
  const names: string[] = [];
  const source = pattern.replace(token, (part: string, braced?: string) => {
    if (braced === undefined) return globPart(part);
    const choices = choicesOf(braced);
    if (choices !== null) return `(?:${choices.map(escaped).join('|')})`;
    names.push(braced);
    return '([^/]+?)';
  });
  const matcher = new RegExp(`^${source}$`, 'isu');
  return {
    names,
    valuesOf: (path) => {
      const match = matcher.exec(path);
      return names.map((name, index) => [name, match?.[index + 1] ?? ''] as const);
    },
  };
}

function globPart(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*?';
  return part === '?' ? '[^/]' : escaped(part);
}

/** What a glob's braces choose among, `csv,json` or `1..3`; null when they hold the name of a column. */
function choicesOf(braced: string): string[] | null {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(braced) ?? [];
  if (from !== undefined && to !== undefined) return numbers(Number(from), Number(to));
  return braced.includes(',') ? braced.split(',') : null;
}

/** The whole numbers from one to another, in either direction. */
function numbers(from: number, to: number): string[] {
  const low = Math.min(from, to);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => String(low + index));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
