import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Rooms of `src` by rank: a room imports only rooms of lower ranks, and packages from its own list. */
const ranks: readonly (readonly string[])[] = [
  ['domain'],
  ['config', 'share', 'format', 'segment', 'store', 'cache', 'report'],
  ['parse'],
  ['ingest'],
  ['cli'],
];
const rooms = ranks.flat();
/** Rooms that are pure, with all that they may import from outside `src`. */
const pureRooms: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  format: ['csv-parse/sync', 'node:buffer'],
};
const longestFile = 300;
const longestFunction = 45;

/** Text of every file by its path below `src`, `/` between parts. */
type Sources = ReadonlyMap<string, string>;

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
const sources: Sources = new Map(
  readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(src, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
);

const importForms = [
  /^(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\bnew URL\(\s*['"](\.[^'"]+\.js)['"]/g,
];

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function specifiersOf(text: string): string[] {
  const code = withoutComments(text);
  return importForms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

/** The files of `src` that a file imports. */
function importedFiles(path: string, text: string): string[] {
  return specifiersOf(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'));
}

function lowerRooms(room: string): string[] {
  return ranks
    .slice(
      0,
      ranks.findIndex((rank) => rank.includes(room)),
    )
    .flat();
}

function wrongDirections(room: string, tree: Sources): string[] {
  const allowed = [room, ...lowerRooms(room)];
  return [...tree]
    .filter(([path]) => roomOf(path) === room)
    .flatMap(([path, text]) => importedFiles(path, text).map((target) => ({ path, target })))
    .filter(({ target }) => !allowed.includes(roomOf(target)))
    .map(({ path, target }) => `${path} imports ${target}`);
}

function foreignPackages(room: string, allowed: readonly string[], tree: Sources): string[] {
  return [...tree]
    .filter(([path]) => roomOf(path) === room)
    .flatMap(([path, text]) => specifiersOf(text).map((specifier) => ({ path, specifier })))
    .filter(({ specifier }) => !specifier.startsWith('.') && !allowed.includes(specifier))
    .map(({ path, specifier }) => `${path} imports ${specifier}`);
}

function printing(tree: Sources): string[] {
  return [...tree]
    .filter(([path, text]) => roomOf(path) !== 'cli' && /\bconsole\.|\bprocess\.std(?:out|err)\b/.test(text))
    .map(([path]) => path);
}

function strangers(tree: Sources): string[] {
  return [...tree.keys()].filter((path) => !rooms.includes(roomOf(path)));
}

function barrels(tree: Sources): string[] {
  const reExport = /^\s*export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*['"][^'"]+['"];?/gm;
  return [...tree]
    .filter(([, text]) => reExport.test(withoutComments(text)))
    .filter(([, text]) => withoutComments(text).replace(reExport, '').trim() === '')
    .map(([path]) => path);
}

/** The files of each ring of imports, each ring once. */
function cycles(tree: Sources): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    if (trail.includes(path) || done.has(path)) return;
    for (const target of importedFiles(path, tree.get(path) ?? '')) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of tree.keys()) visit(path, []);
  return found;
}

function longFiles(tree: Sources): string[] {
  return [...tree]
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > longestFile)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

const opening =
  /^( *)(?:(?:export|default|async|private|protected|public|static|override|get|set) )*(?:function\b|(?:const|let) \w+ = (?:async )?(?:\(|<|\w+ =>)|(?!if|for|while|switch|catch)[#\w]+(?:<[^(]*>)?\().*[({]$/;

/** Functions and methods from their first line to the closing brace that stands as far in as it. */
function longFunctions(tree: Sources): string[] {
  return [...tree].flatMap(([path, text]) => {
    const lines = text.split('\n');
    return lines.flatMap((line, start) => {
      const indent = opening.exec(line)?.[1];
      if (indent === undefined) return [];
      const length =
        lines
          .slice(start + 1)
          .findIndex((later) => /^\};?$/.test(later.slice(indent.length)) && later.startsWith(`${indent}}`)) +
        2;
      return length > longestFunction ? [`${path}:${start + 1} runs over ${length} lines`] : [];
    });
  });
}

describe('the source', () => {
  test.each(rooms)('%s imports only itself and the rooms below it', (room) => {
    expect(wrongDirections(room, sources)).toEqual([]);
  });

  test.each(Object.entries(pureRooms))('%s is pure: from outside it imports only %j', (room, allowed) => {
    expect(foreignPackages(room, allowed, sources)).toEqual([]);
  });

  test('only cli prints', () => {
    expect(printing(sources)).toEqual([]);
  });

  test('every file stands in a room of the design', () => {
    expect(strangers(sources)).toEqual([]);
  });

  test('no file only passes on what others export', () => {
    expect(barrels(sources)).toEqual([]);
  });

  test('imports make no ring', () => {
    expect(cycles(sources)).toEqual([]);
  });

  test(`no file is longer than ${longestFile} lines`, () => {
    expect(longFiles(sources)).toEqual([]);
  });

  test(`no function is longer than ${longestFunction} lines`, () => {
    expect(longFunctions(sources)).toEqual([]);
  });
});

describe('the rules find', () => {
  const tree = (files: Record<string, string>): Sources => new Map(Object.entries(files));

  test.each([
    ['import', "import { a } from '../store/a.js';"],
    ['import over several lines', "import {\n  a,\n  b,\n} from '../store/a.js';"],
    ['import of a type', "import type { A } from '../store/a.js';"],
    ['import for its effect', "import '../store/a.js';"],
    ['re-export', "export { a } from '../store/a.js';"],
    ['dynamic import', "const a = await import('../store/a.js');"],
    ['thread', "new Worker(new URL('../store/a.js', import.meta.url));"],
  ])('against the direction: %s', (_form, text) => {
    expect(wrongDirections('format', tree({ 'format/x.ts': text }))).toEqual([
      'format/x.ts imports store/a.ts',
    ]);
  });

  test('no fault in imports along the direction, or in a comment', () => {
    const text = "/**\n * import { a } from '../store/a.js'\n */\nimport { b } from '../domain/b.js';\n";
    expect(wrongDirections('format', tree({ 'format/x.ts': text, 'domain/b.ts': '' }))).toEqual([]);
  });

  test('a package in a pure room', () => {
    const found = foreignPackages(
      'format',
      ['csv-parse/sync'],
      tree({ 'format/x.ts': "import fs from 'node:fs';" }),
    );
    expect(found).toEqual(['format/x.ts imports node:fs']);
  });

  test('a file that prints, but in cli', () => {
    const text = "process.stdout.write('a');";
    expect(printing(tree({ 'store/a.ts': text, 'cli/a.ts': text }))).toEqual(['store/a.ts']);
  });

  test('a folder that is no room, and a file outside all rooms', () => {
    expect(strangers(tree({ 'utils/a.ts': '', 'main.ts': '', 'domain/a.ts': '' }))).toEqual([
      'utils/a.ts',
      'main.ts',
    ]);
  });

  test('a barrel, but not a file that also does something', () => {
    const passOn = "/** All. */\nexport * from './a.js';\nexport type { B } from './b.js';\n";
    expect(
      barrels(tree({ 'domain/all.ts': passOn, 'domain/c.ts': `${passOn}export const c = 1;\n` })),
    ).toEqual(['domain/all.ts']);
  });

  test('a ring of imports', () => {
    const ring = {
      'domain/a.ts': "import { b } from './b.js';",
      'domain/b.ts': "import { a } from './a.js';",
    };
    expect(cycles(tree(ring))).toEqual(['domain/a.ts -> domain/b.ts -> domain/a.ts']);
  });

  test('a file that is too long', () => {
    expect(longFiles(tree({ 'domain/a.ts': 'a;\n'.repeat(longestFile + 1) }))).toHaveLength(1);
    expect(longFiles(tree({ 'domain/a.ts': 'a;\n'.repeat(longestFile) }))).toEqual([]);
  });

  test.each([
    ['function', 'export async function a(): Promise<void> {', '}'],
    ['function of many parameters', 'function a(', '}'],
    ['arrow function', 'const a = (b: number) => {', '};'],
    ['method', '  private run(a: string): void {', '  }'],
  ])('too long: %s', (_form, first, last) => {
    const of = (lines: number) =>
      tree({ 'domain/a.ts': [first, ...new Array(lines - 2).fill('    b;'), last].join('\n') });
    expect(longFunctions(of(longestFunction + 1))).toHaveLength(1);
    expect(longFunctions(of(longestFunction))).toEqual([]);
  });
});
