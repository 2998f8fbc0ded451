import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temp folder with these files (objects as JSON, text and bytes as they are), removed after the test. */
export function folderWith(files: Record<string, unknown> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ingest-config-')));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(path, isRaw ? content : JSON.stringify(content));
  }
  return folder;
}

/** The IngestError that `act` throws; anything else fails the test. */
export function errorOf(act: () => unknown): IngestError {
  try {
    act();
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The IngestError that `act` is rejected with; anything else fails the test. */
export async function rejectionOf(act: Promise<unknown>): Promise<IngestError> {
  const settled = await act.then(
    () => null,
    (error: unknown) => error,
  );
  return errorOf(() => {
    if (settled !== null) throw settled;
  });
}
