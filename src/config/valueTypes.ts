import type { z } from 'zod';
import type { RejectLimit, Shard } from '../domain/settings.js';

/** A value as it stands on the command line, in the environment (text) or in the config file. */
export type Raw = string | number | boolean | readonly string[];

/** The library behind the schemas. It is handed in, as only a run with a config file needs it. */
export type Zod = typeof z;

/** How the values of an option are written. */
export interface ValueType<T, InFile extends Raw = Raw> {
  /** Ends the sentence "expected …". */
  readonly expected: string;
  /** The words to choose from, where there are some. */
  readonly choices?: readonly string[];
  /** How it is written in the config file. */
  schema(zod: Zod): z.ZodType<InFile>;
  /** Undefined for what is no such value. */
  parse(raw: Raw): T | undefined;
}

/** Text that is not empty and can name a file. */
export function text(expected: string): ValueType<string> {
  return {
    expected,
    schema: (zod) => textSchema(zod, expected),
    parse: (raw) => (typeof raw === 'string' && isText(raw) ? raw : undefined),
  };
}

export function textSchema(zod: Zod, expected: string): z.ZodString {
  return zod.string({ error: expected }).regex(/^[^\0]+$/, { error: expected });
}

const addressExpected = 'an address such as https://hc-ping.com/<uuid>';

export const webAddress: ValueType<string> = {
  expected: addressExpected,
  schema: (zod) => zod.url({ protocol: /^https?$/, error: addressExpected }),
  parse: (raw) => {
    const url = typeof raw === 'string' && URL.canParse(raw) ? new URL(raw) : null;
    return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
  },
};

export function choice<T extends string>(choices: readonly T[]): ValueType<T> {
  const expected = `one of ${choices.join(', ')}`;
  return {
    expected,
    choices,
    schema: (zod) => zod.enum(choices, { error: expected }),
    parse: (raw) => choices.find((word) => word === raw),
  };
}

export function wholeNumber(min: number): ValueType<number, number> {
  const expected = `a whole number from ${min} up`;
  return {
    expected,
    schema: (zod) => zod.int({ error: expected }).min(min, { error: expected }),
    parse: (raw) => {
      const number = /^\d+$/.test(String(raw)) ? Number(raw) : Number.NaN;
      return Number.isSafeInteger(number) && number >= min ? number : undefined;
    },
  };
}

/** Names: apart on the command line or in the config file, with commas between them in one text. */
export function list(expected: string): ValueType<readonly string[]> {
  return {
    expected,
    schema: (zod) => zod.array(textSchema(zod, expected), { error: expected }).min(1, { error: expected }),
    parse: (raw) => {
      const names = Array.isArray(raw) ? raw : String(raw).split(',');
      const trimmed = names.map((name) => String(name).trim());
      return trimmed.length > 0 && trimmed.every(isText) ? trimmed : undefined;
    },
  };
}

const words = new Map([
  ...['1', 'true', 'yes'].map((word) => [word, true] as const),
  ...['0', 'false', 'no'].map((word) => [word, false] as const),
]);

export const onOff: ValueType<boolean> = {
  expected: 'true or false (in the environment also 1, 0, yes, no)',
  schema: (zod) => zod.boolean({ error: 'true or false' }),
  parse: (raw) => words.get(String(raw).toLowerCase()),
};

const limitExpected = 'a whole number such as 20, or a share from 0% to 100% such as "5%"';
const share = /^(100|\d{1,2}(?:\.\d+)?)%$/;

export const rejectLimit: ValueType<RejectLimit> = {
  expected: limitExpected,
  schema: (zod) =>
    zod.union([wholeNumber(0).schema(zod), zod.string().regex(share, { error: limitExpected })], {
      error: limitExpected,
    }),
  parse: (raw) => {
    const count = wholeNumber(0).parse(raw);
    if (count !== undefined) return { count };
    const [, percent] = share.exec(String(raw)) ?? [];
    return percent === undefined ? undefined : { share: Number(percent) / 100 };
  },
};

const shardExpected = 'a shard such as 2/4: its number from 1 up, and how many there are';
const shardForm = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/;

export const shard: ValueType<Shard> = {
  expected: shardExpected,
  schema: (zod) => zod.string({ error: shardExpected }).regex(shardForm, { error: shardExpected }),
  parse: (raw) => {
    const [, index, count] = shardForm.exec(String(raw)) ?? [];
    const found = { index: Number(index), count: Number(count) };
    return found.index <= found.count ? found : undefined;
  },
};

function isText(value: string): boolean {
  return value !== '' && !value.includes('\0');
}
