import { z } from 'zod';
import { type OwnPattern, redactionKinds } from '../domain/settings.js';
import { textSchema } from './valueTypes.js';

const words = redactionKinds.join(', ');
const example = '{"notes": ["email", "phone", {"pattern": "Room \\\\d+", "as": "[ROOM]"}]}';

const ownPattern = z.strictObject(
  {
    pattern: z.string('a regular expression').refine(isUsable, {
      error: 'this is no regular expression, or it matches where nothing stands',
      params: { hint: 'write one as JavaScript has it, such as "Room \\\\d+"' },
    }),
    as: z.string('what stands in its place').optional(),
  },
  'an object such as {"pattern": "Room \\\\d+", "as": "[ROOM]"}',
) satisfies z.ZodType<OwnPattern>;

const oneOf = `one of ${words}, or {"pattern": "…"}`;
const found = z.union([z.enum(redactionKinds, oneOf), ownPattern], oneOf);

/** `redact`: what is taken out of the values, by column. */
export const redactSetting = z.record(
  z.string(),
  z.array(found, `a list of ${words} or {"pattern": "…"}`).min(1),
  `what to redact by column, such as ${example}`,
);

/** `nameList`: a file with a name on each line. */
export const nameListSetting = textSchema(z, 'a file with a name on each line');

function isUsable(text: string): boolean {
  try {
    return !new RegExp(text, 'u').test('');
  } catch {
    return false;
  }
}
