import { describe, expect, test } from 'vitest';
import { answered, fileDeadline } from '../../src/share/deadline.ts';
import {
  type FailureClass,
  failureClass,
  failureName,
  failureText,
  HungCall,
  isFailure,
} from '../../src/share/failure.ts';

function systemError(code: string, errno: number): Error {
  return Object.assign(new Error(`${code}: read`), { code, errno, syscall: 'read' });
}

describe('an error of the file system', () => {
  test.each<[string, number, FailureClass]>([
    ['EIO', -5, 'retry'],
    ['Unknown system error -116', -116, 'retry'],
    ['Unknown system error -121', -121, 'retry'],
    ['ETIMEDOUT', -110, 'retry'],
    ['ENOTCONN', -107, 'down'],
    ['EHOSTDOWN', -112, 'down'],
    ['Unknown system error -126', -126, 'down'],
    ['EMFILE', -24, 'crowded'],
    ['ENOMEM', -12, 'crowded'],
    ['ENOENT', -2, 'gone'],
    ['EACCES', -13, 'final'],
    ['Unknown system error -117', -117, 'final'],
    ['EWHATEVER', -999, 'final'],
  ])('%s (%i) asks for: %s', (code, errno, kind) => {
    expect(failureClass(systemError(code, errno), 'linux')).toBe(kind);
    expect(isFailure(systemError(code, errno))).toBe(true);
  });

  test('has a name where Node knows only its number', () => {
    expect(failureName(systemError('Unknown system error -116', -116), 'linux')).toBe('ESTALE');
    expect(failureText(systemError('Unknown system error -116', -116), 'linux')).toBe('ESTALE: read');
  });

  test('that denies is tried again on Windows only', () => {
    expect(failureClass(systemError('EPERM', -4048), 'win32')).toBe('retry');
    expect(failureClass(systemError('EPERM', -1), 'linux')).toBe('final');
  });

  test('is told from one of what reads the bytes', () => {
    expect(isFailure(new Error('a broken quote'))).toBe(false);
    expect(isFailure(Object.assign(new Error('no'), { code: 'ERR_INVALID_ARG_TYPE' }))).toBe(false);
    expect(isFailure(Object.assign(new Error('no'), { code: 'SQLITE_FULL' }))).toBe(false);
    expect(isFailure(new HungCall('open', 1))).toBe(true);
  });
});

describe('a deadline', () => {
  test('gives a call up and hands on what it brings later', async () => {
    let bring = (_: string): void => {};
    const call = new Promise<string>((resolve) => {
      bring = resolve;
    });
    const late: string[] = [];
    await expect(answered(call, 5, 'open', (value) => void late.push(value))).rejects.toThrow(HungCall);
    bring('late');
    await call;
    expect(late).toEqual(['late']);
  });

  test('leaves what answers in time alone', async () => {
    expect(await answered(Promise.resolve(7), 10_000, 'open')).toBe(7);
    await expect(answered(Promise.reject(new Error('EIO')), 10_000, 'open')).rejects.toThrow('EIO');
  });

  test('of a file grows by a second for each megabyte', () => {
    expect(fileDeadline({ metadata: 1, read: 1, file: 600_000 }, 90e6)).toBe(690_000);
  });
});
