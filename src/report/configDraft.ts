import { printable } from './printable.js';

/** A rule for files of one shape, with what is to be said of them. */
export interface DraftRule {
  readonly match: string;
  readonly table: string;
  readonly pathColumns: string | null;
  readonly about: string;
}

/** What a config file is to say. */
export interface ConfigDraft {
  /** The command line that tries it out. */
  readonly trial: string;
  /** Address of the JSON Schema. */
  readonly schema: string;
  readonly name: string;
  readonly root: string;
  /** What was seen in the root. */
  readonly about: string;
  readonly rules: readonly DraftRule[];
}

/** A commented config file that runs as it is. */
export function configDraft({ trial, schema, name, root, about, rules }: ConfigDraft): string {
  const lines = [
    `// Written by ingest init after a look at ${printable(root)}: ${about}.`,
    `// Try it with "${printable(trial)}"; the README explains every key.`,
    '{',
    `  "$schema": ${JSON.stringify(schema)},`,
    '  // "db": "ingest.db",',
    '  "sources": [',
    '    {',
    `      "name": ${JSON.stringify(name)},`,
    `      "root": ${JSON.stringify(root)},`,
    '      // "exclude": ["**/scratch/**"],',
    ...ruleLines(rules, name),
    '      // "types": { "lot": "text" },   a column that must never become a number',
    '      // "dedupe": "row",              "none" keeps what several files say alike',
    '      "onDelete": "keep" // or "remove": rows go when their file is gone for two complete scans',
    '    }',
    '  ]',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function ruleLines(rules: readonly DraftRule[], name: string): string[] {
  if (rules.length === 0) return [];
  const withPath = rules.some(({ pathColumns }) => pathColumns !== null);
  return [
    `      // The first entry that matches a path decides; what none matches goes to the table ${JSON.stringify(name)}.`,
    ...(withPath
      ? [
          '      // "pathColumns" fills columns from the path, so equal rows of two files stay two rows:',
          '      // take it out where the files of a folder repeat what others say.',
        ]
      : []),
    '      "tables": [',
    ...rules.flatMap((rule, i) => [
      `        // ${printable(rule.about)}`,
      `        ${entry(rule)}${i < rules.length - 1 ? ',' : ''}`,
    ]),
    '      ],',
  ];
}

function entry({ match, table, pathColumns }: DraftRule): string {
  const parts = Object.entries({ match, table, pathColumns }).filter(([, value]) => value !== null);
  return `{ ${parts.map(([key, value]) => `"${key}": ${JSON.stringify(value)}`).join(', ')} }`;
}
