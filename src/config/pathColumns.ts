const reservedColumns = ['_id', '_file_id', '_line', '_ingest_identity'];

/**
 * What is wrong with a pattern such as `{machine}/{lot}_*.csv`, or null. A `{…}` with a comma or `..` in it is
 * a glob (`{csv,json}`, `{1..3}`), any other names a column.
 */
export function pathColumnsProblem(pattern: string): string | null {
  const names = placeholders(pattern);
  if (names === null) return 'a { or } has no partner';
  if (names.length === 0) return 'no {name} stands in it';
  const lower = names.map((name) => name.toLowerCase());
  return (
    names.map((name, i) => nameProblem(name, lower.indexOf(name.toLowerCase()) < i)).find(isText) ?? null
  );
}

/** The names between braces; null when the braces do not pair. */
function placeholders(pattern: string): string[] | null {
  const rest = pattern.replace(/\{[^{}]*\}/g, '');
  if (/[{}]/.test(rest)) return null;
  return [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name).filter((name) => !isGlob(name));
}

function isGlob(braced: string): boolean {
  return braced.includes(',') || braced.includes('..');
}

function nameProblem(name: string, repeated: boolean): string | null {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return `{${name}} is not a name of letters, digits and _`;
  if (reservedColumns.includes(name.toLowerCase())) return `{${name}} is a column of the program itself`;
  return repeated ? `{${name}} stands in it twice` : null;
}

function isText(problem: string | null): problem is string {
  return problem !== null;
}
