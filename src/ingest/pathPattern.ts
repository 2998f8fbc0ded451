/** The columns that a pattern such as `{machine}/{lot}_*.csv` fills from a path, in the pattern's order. */
export interface PathPattern {
  readonly names: readonly string[];
  /** The values of a path; empty ones where the path does not match. */
  valuesOf(path: string): readonly (readonly [name: string, value: string])[];
}

/** A `{…}` with a comma or `..` in it is a glob's choice, any other names a column. */
const token = /\{([^{},]*(?:\.(?!\.)[^{},]*)*)\}|\{([^{}]*)\}|\*\*\/|\*\*|\*|\?|[^{}*?]+/g;

/** Compiles a pattern that the config file has checked. A name takes as little as the rest allows, never a `/`. */
export function compilePathPattern(pattern: string): PathPattern {
  const names: string[] = [];
  const source = pattern.replace(token, (part: string, name?: string, choice?: string) => {
    if (name !== undefined && !name.includes('..')) {
      names.push(name);
      return '([^/]+?)';
    }
    if (choice !== undefined) return `(?:${choice.split(',').map(escaped).join('|')})`;
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*?';
    return part === '?' ? '[^/]' : escaped(part);
  });
  const matcher = new RegExp(`^${source}$`, 'su');
  return {
    names,
    valuesOf: (path) => {
      const match = matcher.exec(path);
      return names.map((name, index) => [name, match?.[index + 1] ?? ''] as const);
    },
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
