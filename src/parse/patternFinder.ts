import { isIP } from 'node:net';
import type { RedactionKind } from '../domain/settings.js';
import type { Finder, Span } from './finder.js';

/** Finds all that an expression matches and, if need be, a closer look confirms. */
export class PatternFinder implements Finder {
  readonly #expression: RegExp;

  constructor(
    source: string,
    flags: string,
    readonly as: string,
    readonly confirms: (match: string) => boolean = () => true,
  ) {
    this.#expression = new RegExp(source, flags);
  }

  find(texts: readonly string[]): Span[][] {
    return texts.map((text) => {
      const spans: Span[] = [];
      for (const { 0: match, index } of text.matchAll(this.#expression)) {
        if (match !== '' && this.confirms(match))
          spans.push({ start: index, end: index + match.length, as: this.as });
      }
      return spans;
    });
  }
}

/** The patterns that the program knows by name. */
export function knownPattern(kind: Exclude<RedactionKind, 'name-list'>): Finder {
  return patterns[kind];
}

/** Neither a letter nor a digit nor what joins them stands before, or behind. */
const before = '(?<![\\p{L}\\p{N}_])';
const behind = '(?![\\p{L}\\p{N}_])';

const localPart = "[\\p{L}\\p{N}][\\p{L}\\p{N}._%+'-]{0,63}";
const domain = '(?:[\\p{L}\\p{N}-]{1,63}\\.){1,8}\\p{L}{2,24}';

const sign = '[-. \\u00a0\\u2010-\\u2015]';
const phoneNumbers = [
  // With the country before it.
  '(?:\\+|00)[1-9]\\d{0,2}(?:[-. \\u00a0/()]{0,3}\\d){6,12}',
  // North America; within one area.
  `(?:1${sign}?)?(?:\\(\\d{3}\\) ?|\\d{3}${sign}?)\\d{3}${sign}?\\d{4}`,
  '\\d{3}[-.\\u2010-\\u2015]\\d{4}',
  // With a 0 before the area.
  '\\(?0[1-9]\\d{0,3}\\)?(?:[-./ \\u00a0]{1,2}\\d{2,8}){1,4}',
];

const month =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const time =
  '(?:[T ,]{1,2}\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[ap]\\.?m\\.?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?';
const dates = [
  '\\d{4}([-/.])\\d{1,2}\\1\\d{1,2}',
  '\\d{1,2}([-/.])\\d{1,2}\\2(?:\\d{4}|\\d{2})',
  `\\d{1,2}(?:st|nd|rd|th|\\.)?(?: of)?[ -]${month},?[ -]\\d{2,4}`,
  `${month}[ -]\\d{1,2}(?:st|nd|rd|th)?,?[ -]\\d{4}`,
  '(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])',
];

const recordWords =
  '(?:mrn|medical\\s+record(?:\\s+(?:number|no\\.?|nr\\.?|#))?|(?:patient|chart|hospital)\\s*(?:id|number|no\\.?|nr\\.?|#))';
const recordNumber = '[A-Z]{0,4}[-\\s]?\\d(?:[-\\s]?\\d){3,13}';

const patterns: Readonly<Record<Exclude<RedactionKind, 'name-list'>, Finder>> = {
  email: new PatternFinder(`${before}${localPart}@${domain}${behind}`, 'giu', '[EMAIL]'),
  phone: new PatternFinder(
    `${before}(?:${phoneNumbers.join('|')})(?: ?(?:x|ext\\.?) ?\\d{1,5})?${behind}`,
    'giu',
    '[PHONE]',
    isPhone,
  ),
  ssn: new PatternFinder(`${before}\\d{3}([- \\u2010-\\u2015]?)\\d{2}\\1\\d{4}${behind}`, 'gu', '[SSN]'),
  // A number alone in its cell is one, too: the column is there for it.
  mrn: new PatternFinder(
    `${before}${recordWords}[\\s:#.=-]{0,6}${recordNumber}${behind}|^\\s*${recordNumber}\\s*$`,
    'giu',
    '[MRN]',
  ),
  date: new PatternFinder(`${before}(?:${dates.join('|')})${time}${behind}`, 'giu', '[DATE]'),
  ip: new PatternFinder(
    '(?<![\\w.:])(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[\\da-f]{0,4}(?::[\\da-f]{0,4}){2,7}(?:\\.\\d{1,3}){0,3})(?![\\w:]|\\.\\d)',
    'giu',
    '[IP]',
    (match) => isIP(match) !== 0,
  ),
};

/** No date such as 02.03.2026, and not too short. */
function isPhone(match: string): boolean {
  return match.replace(/\D/g, '').length >= 7 && !/^\d{1,2}([-./ ])\d{1,2}\1\d{2,4}$/.test(match);
}
