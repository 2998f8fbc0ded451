import { z } from 'zod';
import type { ColumnCheck } from '../domain/settings.js';

const delimiter = 'one character such as ";" (a tab is "\\t"), or "auto"';
const quote = 'one character such as "\'", "none" or "auto"';
const escapeText = 'a backslash "\\\\", the quote itself, or "auto"';
const header = 'true, false, the number of its line, or "auto"';

/** One ASCII character that can stand in a line, or one of the words. */
function oneCharacter(error: string, words: string): z.ZodString {
  return z.string(error).regex(new RegExp(`^(?:[\\t -~]|${words})$`), { error });
}

/** `csv` of a source or of a `tables` entry; what is left out is found in each file. */
export const csvSettings = z.strictObject(
  {
    encoding: z
      .enum(
        ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252'],
        'one of auto, utf-8, utf-16le, utf-16be, windows-1252',
      )
      .optional(),
    delimiter: oneCharacter(delimiter, '[!-~] |auto').optional(),
    quote: oneCharacter(quote, 'auto|none').optional(),
    escape: z.enum(['auto', '\\', '"', "'"], escapeText).optional(),
    header: z.union([z.literal('auto'), z.boolean(), z.int().min(1)], header).optional(),
    preamble: z.enum(['auto', 'columns', 'none'], 'one of auto, columns, none').optional(),
    units: z.enum(['keep', 'skip'], 'one of keep, skip').optional(),
    decimal: z.enum(['auto', ',', '.'], 'one of auto, ",", "."').optional(),
    engine: z.enum(['auto', 'csv-parse'], 'one of auto, csv-parse').optional(),
  },
  'an object such as {"delimiter": ";"}',
);

const pattern = z.string('a regular expression').refine(isExpression, {
  error: 'this is no regular expression',
  params: { hint: 'write one as JavaScript has it, such as "^XR-\\\\d+$"' },
});

const check = z
  .strictObject(
    {
      required: z.boolean('true or false').optional(),
      min: z.number('a number').optional(),
      max: z.number('a number').optional(),
      pattern: pattern.optional(),
      oneOf: z
        .array(z.union([z.string(), z.number()], 'a text or a number'), 'a list of values')
        .min(1)
        .optional(),
    },
    'an object such as {"required": true, "min": 0, "max": 100}',
  )
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, {
    error: 'no value is as large as "min" and as small as "max"',
    params: { hint: 'exchange them' },
  }) satisfies z.ZodType<ColumnCheck>;

/** `validate`: checks by column. */
export const validateSetting = z.record(
  z.string(),
  check,
  'checks by column such as {"void_pct": {"min": 0}}',
);

function isExpression(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
