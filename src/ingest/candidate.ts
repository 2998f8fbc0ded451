import { join } from 'node:path';
import type { LoadReason, SourceFile } from '../domain/file.js';
import type { FilePlace, PlannedSource } from './plan.js';

/** A file that is to be read. */
export interface Candidate extends FilePlace {
  readonly file: SourceFile;
  readonly source: PlannedSource;
  readonly reason: LoadReason;
  /** The quick check found nothing: if the content is the same, the file is `unchanged`. */
  readonly verify: boolean;
  /** Content the database already has for this path; it need not be parsed again. */
  readonly known: { readonly sha256: string; readonly size: number } | null;
  /** The content that the ledger has seen last, and when; null: none. */
  readonly lastLook: { readonly sha256: string; readonly atNs: bigint } | null;
}

/** Where a file can be opened now. Made when it is asked for: there may be millions of candidates. */
export function absolutePath({ source, file }: Pick<Candidate, 'source' | 'file'>): string {
  return join(source.folder, file.path);
}
