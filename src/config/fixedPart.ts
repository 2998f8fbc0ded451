import { parse, resolve, sep } from 'node:path';

/** The part of an absolute root before its first part with a glob character or `{`. */
export function fixedPart(root: string): string {
  const start = parse(root).root;
  const parts = root.slice(start.length).split(sep);
  const firstGlob = parts.findIndex((part) => /[*?[{]|[!@+]\(/.test(part));
  return resolve(start, ...(firstGlob < 0 ? parts : parts.slice(0, firstGlob)));
}
