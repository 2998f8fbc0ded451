import pLimit from 'p-limit';
import type { SourceFile } from '../domain/file.js';
import type { ChildOrigin, RecordSink } from '../format/record.js';
import { nothingLearnt } from '../format/sampled.js';
import { type Decoder, decoderFor } from '../parse/decode.js';
import { HungCall, SourceDown } from '../share/failure.js';
import { type Reach, readOnce } from '../share/read.js';
import { scan } from '../share/scan.js';
import type { System } from '../share/system.js';
import { absolutePath } from './candidate.js';
import { type NameShape, nameShape, pathPattern } from './nameShape.js';
import type { PlannedSource } from './plan.js';

/** Files of one shape of name. */
export interface FileGroup {
  readonly shape: NameShape;
  /** The path of one of them. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** As found in one of them; empty where it cannot be read. */
  readonly columns: readonly string[];
  /** The lists of objects in its records, which go to child tables. */
  readonly lists: readonly ChildOrigin[];
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
/** Records of a file that are held at a time. */
const headRows = 1000;
/** Files that are looked into at once. */
const looks = 8;

/**
 * Looks at the files of a source: at the names of the first 20,000, and into one of each shape. Throws HungCall or
 * SourceDown when the source stops answering.
 */
export async function look(source: PlannedSource, system: System): Promise<Look> {
  const files: SourceFile[] = [];
  const more = await listed(source, system, files);
  const byGlob = new Map<string, SourceFile[]>();
  for (const file of files) {
    const { glob } = nameShape(baseName(file.path));
    const group = byGlob.get(glob) ?? [];
    group.push(file);
    byGlob.set(glob, group);
  }
  const limit = pLimit(looks);
  const groups = await Promise.all(
    [...byGlob.values()].map((found) => limit(() => groupOf(found, source, system))),
  );
  return {
    groups: groups.sort((a, b) => b.files - a.files),
    files: files.length,
    bytes: bytesOf(files),
    more,
  };
}

class Enough extends Error {}

/** Lists files in path order; returns whether there are more than enough. */
async function listed(source: PlannedSource, system: System, files: SourceFile[]): Promise<boolean> {
  const { name, folder, access, patterns, dated } = source;
  const { exclude, deadlines } = source.settings;
  const inFlight = { first: looks, most: looks };
  const all = { inFlight, floor: null, still: null, hidden: null };
  const request = { source: name, folder, access, deadlines, patterns, exclude, dated, ...all };
  const file = (found: SourceFile) => {
    if (files.length === enoughFiles) throw new Enough();
    files.push(found);
  };
  try {
    const { down } = await scan(request, { file, undecodable: () => {}, vanished: () => {} }, system);
    if (down !== null) throw new SourceDown(down);
    return false;
  } catch (error) {
    if (error instanceof Enough) return true;
    throw error;
  } finally {
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

async function groupOf(
  files: readonly SourceFile[],
  source: PlannedSource,
  system: System,
): Promise<FileGroup> {
  const paths = files.map(({ path }) => path);
  const shape = nameShape(baseName(paths[0] ?? ''));
  // The largest is the least likely to be empty.
  const largest = files.reduce((best, file) => (file.size > best.size ? file : best));
  const head = await headOf(largest, source, system);
  const pathColumns = pathPattern(paths, shape, head.columns);
  return { shape, path: largest.path, files: files.length, bytes: bytesOf(files), ...head, pathColumns };
}

/** How the start of a file reads; a file that cannot be read has no columns. */
async function headOf(
  file: SourceFile,
  source: PlannedSource,
  system: System,
): Promise<Pick<FileGroup, 'columns' | 'lists' | 'format'>> {
  let columns: readonly string[] = [];
  const lists: ChildOrigin[] = [];
  const sink: RecordSink = {
    preamble: () => {},
    columns: (names) => {
      columns = [...names];
    },
    childColumns: (table, origin) => {
      lists[table] = origin;
    },
    records: () => new Map(),
    ownCells: 0,
    block: () => new Map(),
    reject: () => {},
    warn: () => {},
  };
  try {
    const reach = { calls: system.calls('network'), deadlines: source.settings.deadlines };
    const { parse } = source.placeOf(file.path).rule.rule;
    const path = absolutePath({ source, file });
    const decoder = decoderFor({ absolutePath: path, parse, batchRows: headRows }, nothingLearnt, sink);
    await decoder.push(await firstBytes(path, reach));
    await ended(decoder);
    return { columns, lists, format: decoder.format };
  } catch (error) {
    if (error instanceof HungCall) throw error;
    return { columns: [], lists: [], format: 'cannot be read' };
  }
}

/** Has a decoder say what it took in. That it misses the rest of its file is no matter. */
async function ended(decoder: Decoder): Promise<void> {
  try {
    await decoder.end();
  } catch {
    // How the first bytes read is known by now.
  }
}

async function firstBytes(path: string, reach: Reach): Promise<Buffer> {
  let head = Buffer.alloc(0);
  try {
    await readOnce(path, reach, (chunk) => {
      head = Buffer.from(chunk);
      throw new Enough();
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return head;
}

function bytesOf(files: readonly SourceFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
