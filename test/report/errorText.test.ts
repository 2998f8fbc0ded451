import { expect, test } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import { errorText } from '../../src/report/errorText.ts';

test('an error says what and where, how to mend it, and what was assumed', () => {
  const error = new IngestError('csv_syntax', 'a.csv, line 3: "x\ny', 'give --strict', {
    assumed: 'UTF-8 (found)',
  });
  expect(errorText(error, false)).toBe(
    'error: a.csv, line 3: "x\\ny\n  to do: give --strict\n  assumed: UTF-8 (found)',
  );
});

test('an error without a hint is one line', () => {
  expect(errorText(new IngestError('internal', 'no \u001b[2J way'), false)).toBe('error: no \\x1b[2J way');
});

test('colour marks the label only', () => {
  expect(errorText(new IngestError('internal', 'no way'), true)).toBe('\u001b[31merror:\u001b[0m no way');
});
