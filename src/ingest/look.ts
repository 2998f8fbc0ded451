import { closeSync, openSync, readSync } from 'node:fs';
import type { SourceFile } from '../domain/file.js';
import type { RecordSink } from '../format/record.js';
import { decoderFor } from '../parse/decode.js';
import { pathBytes } from '../share/fileName.js';
import { scan } from '../share/scan.js';
import { type NameShape, nameShape, pathPattern } from './nameShape.js';
import type { PlannedSource } from './plan.js';

/** Files of one shape of name. */
export interface FileGroup {
  readonly shape: NameShape;
  readonly files: number;
  readonly bytes: number;
  /** As found in one of them; empty where it cannot be read. */
  readonly columns: readonly string[];
  /** How its bytes are understood, for people. */
  readonly format: string;
  readonly pathColumns: string | null;
}

/** What lies in the folder of a source. */
export interface Look {
  readonly groups: readonly FileGroup[];
  readonly files: number;
  readonly bytes: number;
  /** Whether there is more than was looked at. */
  readonly more: boolean;
}

const enoughFiles = 20_000;
const headBytes = 256 * 1024;

/** Looks at the files of a source: at the names of the first 20,000, and into one of each shape. */
export async function look(source: PlannedSource): Promise<Look> {
  const files: SourceFile[] = [];
  const more = await listed(source, files);
  const byGlob = new Map<string, SourceFile[]>();
  for (const file of files) {
    const { glob } = nameShape(baseName(file.path));
    const group = byGlob.get(glob) ?? [];
    group.push(file);
    byGlob.set(glob, group);
  }
  const groups = await Promise.all([...byGlob.values()].map(groupOf));
  return {
    groups: groups.sort((a, b) => b.files - a.files),
    files: files.length,
    bytes: bytesOf(files),
    more,
  };
}

class Enough extends Error {}

/** Lists files in path order; returns whether there are more than enough. */
async function listed(source: PlannedSource, files: SourceFile[]): Promise<boolean> {
  const { name, folder, patterns, settings } = source;
  const request = { source: name, folder, patterns, exclude: settings.exclude, concurrency: 1 };
  const file = (found: SourceFile) => {
    if (files.length === enoughFiles) throw new Enough();
    files.push(found);
  };
  try {
    await scan(request, { file, undecodable: () => {}, vanished: () => {} });
    return false;
  } catch (error) {
    if (error instanceof Enough) return true;
    throw error;
  } finally {
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

async function groupOf(files: readonly SourceFile[]): Promise<FileGroup> {
  const paths = files.map(({ path }) => path);
  const shape = nameShape(baseName(paths[0] ?? ''));
  // The largest is the least likely to be empty.
  const largest = files.reduce((best, file) => (file.size > best.size ? file : best));
  const { columns, format } = await headOf(largest);
  const pathColumns = pathPattern(paths, shape, columns);
  return { shape, files: files.length, bytes: bytesOf(files), columns, format, pathColumns };
}

/** How the start of a file reads; a file that cannot be read has no columns. */
async function headOf({ absolutePath, size }: SourceFile): Promise<Pick<FileGroup, 'columns' | 'format'>> {
  let columns: readonly string[] = [];
  const sink: RecordSink = {
    columns: (names) => {
      columns = [...names];
    },
    record: () => {},
    reject: () => {},
    warn: () => {},
  };
  const decoder = decoderFor(absolutePath, sink);
  try {
    await decoder.push(readHead(absolutePath));
    if (size <= headBytes) await decoder.end();
    return { columns, format: decoder.format() };
  } catch {
    return { columns: [], format: 'cannot be read' };
  }
}

function readHead(path: string): Buffer {
  const file = openSync(pathBytes(path), 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

function bytesOf(files: readonly SourceFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
