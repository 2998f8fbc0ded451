import type { Named } from './commandLine.js';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof codes;

/** What a text is written for: columns of the terminal, and whether it shows colours. */
export interface Page {
  readonly width: number;
  readonly color: boolean;
  readonly named?: Named;
}

/** `text` in a style; as it is when `color` is false. */
export function paint(text: string, style: Style, color: boolean): string {
  return color && text !== '' ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}
