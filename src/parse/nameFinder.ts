import type { Finder, Span } from './finder.js';

const word = /[\p{L}\p{M}\p{N}]+/gu;

/** What may stand between two words of one name. */
const joint = /^[\s'’`.,\u2010-\u2015-]{1,3}$/u;

/**
 * Finds the names of a list as whole words, whatever their case; those of several parts also with the last of them
 * first (`Lee, Ann`). The time it takes does not grow with the list.
 */
export class NameFinder implements Finder {
  /** By its first word, the other words of each name, those of most words first. */
  readonly #names = new Map<string, string[][]>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      this.#add(name);
      const parts = name.trim().split(/\s+/);
      if (parts.length > 1) this.#add([...parts.slice(-1), ...parts.slice(0, -1)].join(' '));
    }
    for (const rests of this.#names.values()) rests.sort((a, b) => b.length - a.length);
  }

  find(texts: readonly string[]): Span[][] {
    return texts.map((text) => this.#findIn(text));
  }

  #add(name: string): void {
    const [first, ...rest] = wordsOf(name).map(({ text }) => text);
    if (first === undefined) return;
    const rests = this.#names.get(first);
    if (rests) rests.push(rest);
    else this.#names.set(first, [rest]);
  }

  #findIn(text: string): Span[] {
    const spans: Span[] = [];
    const words = wordsOf(text);
    for (let at = 0; at < words.length; at += 1) {
      const rests = this.#names.get(words[at]?.text ?? '');
      const rest = rests?.find((others) => follow(text, words, at, others));
      if (!rest) continue;
      const last = at + rest.length;
      spans.push({ start: words[at]?.start ?? 0, end: words[last]?.end ?? 0, as: '[NAME]' });
      at = last;
    }
    return spans;
  }
}

interface Word {
  /** As it is compared. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(word), ({ 0: found, index }) => ({
    text: found.normalize('NFC').toLowerCase(),
    start: index,
    end: index + found.length,
  }));
}

/** Whether the words behind the one at `at` are these. */
function follow(text: string, words: readonly Word[], at: number, others: readonly string[]): boolean {
  return others.every((other, index) => {
    const [before, next] = [words[at + index], words[at + index + 1]];
    return before && next?.text === other && joint.test(text.slice(before.end, next.start));
  });
}
