import { withNamed } from './commandLine.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { wrap } from './width.js';

/** Something that is not as it should be. */
export interface Finding {
  /** For programs; never renamed. */
  readonly code: string;
  /** What it takes off the score. */
  readonly points: number;
  readonly what: string;
  /** The command that mends it, or shows what to mend. */
  readonly mend: string;
}

/** How a database and its sources are. */
export interface Checkup {
  /** From 0 to 100. */
  readonly score: number;
  readonly findings: readonly Finding[];
  /** What was looked at, in words. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const labelWidth = 12;
const good = 90;
const poor = 60;

/** The score, what was deducted for what with the command that mends it, and what was looked at. */
export function doctorText({ score, findings, facts }: Checkup, page: Page): string {
  const { width, color } = page;
  const style = score >= good ? 'green' : score >= poor ? 'yellow' : 'red';
  const verdict = findings.length === 0 ? 'nothing to mend' : '';
  return [
    paint(`health ${score} of 100${verdict && `: ${verdict}`}`, style, color),
    ...findings.flatMap((finding) => findingLines(finding, page)),
    '',
    ...facts.flatMap(([name, value]) => factLines(name, value, width)),
  ].join('\n');
}

function findingLines({ points, what, mend }: Finding, { width, named }: Page): string[] {
  const [first = '', ...more] = wrap(printable(what), width, 6);
  return [
    `${`-${points}`.padStart(4)}  ${first.trimStart()}`,
    ...more,
    ...wrap(printable(`to do: ${withNamed(mend, named)}`), width, 6),
  ];
}

function factLines(name: string, value: string, width: number): string[] {
  const [first = '', ...more] = wrap(printable(value), width, labelWidth + 2);
  return [`  ${name.padEnd(labelWidth)}${first.trimStart()}`, ...more];
}
