import type { CellBlock } from '../domain/cellBlock.js';
import type { NewTable, Value } from './newFile.js';
import {
  type Child,
  largestLocal,
  localPart,
  type PageSink,
  pageBytes,
  TreePage,
  varintBytes,
  writeVarint,
} from './pages.js';
import { RowRecord } from './rowRecord.js';

/** A table of a SQLite file, written row after row. */
export class FileTable implements NewTable {
  readonly #record = new RowRecord();
  readonly #leaves: Child[] = [];
  readonly #leaf = new TreePage('leaf');
  #lastRowid = 0;

  constructor(
    readonly sink: PageSink,
    readonly name: string,
    /** The statement that would make it. */
    readonly sql: string,
  ) {}

  append(rowid: number, values: readonly Value[]): void {
    const record = this.#record;
    record.clear();
    for (const value of values) record.add(value);
    this.#write(rowid);
  }

  appendCells(rowid: number, values: readonly Value[], cells: CellBlock, record: number): void {
    const row = this.#record;
    row.clear();
    for (const value of values) row.add(value);
    row.addCells(cells, record);
    this.#write(rowid);
  }

  #write(rowid: number): void {
    const record = this.#record;
    const payload = record.bytes;
    const head = varintBytes(payload) + varintBytes(rowid);
    if (payload <= largestLocal) {
      const at = this.#reserve(head + payload);
      record.write(this.#leaf.bytes, writeVarint(this.#leaf.bytes, this.#payloadSize(at, payload), rowid));
    } else {
      this.#appendLarge(rowid, payload, head);
    }
    this.#lastRowid = rowid;
  }

  takeLeaves(): Child[] {
    if (this.#leaf.cells > 0) this.#finishLeaf();
    return this.#leaves.splice(0);
  }

  adoptLeaves(leaves: readonly Child[]): void {
    if (this.#leaf.cells > 0) this.#finishLeaf();
    for (const leaf of leaves) this.#leaves.push(leaf);
  }

  /** Writes what is left; returns the number of the root page. */
  finish(): number {
    if (this.#leaf.cells > 0 || this.#leaves.length === 0) this.#finishLeaf();
    let level = this.#leaves;
    while (level.length > 1) level = this.#levelAbove(level);
    return level[0]?.page ?? 0;
  }

  /** The root as the first page of the file, with `offset` bytes before it. */
  finishAsFirstPage(offset: number): Buffer {
    if (this.#leaves.length === 0) {
      const first = this.#movedTo(offset);
      if (first) return first;
    }
    if (this.#leaf.cells > 0) this.#finishLeaf();
    let level = this.#leaves;
    while (level.length > childrenPerPage) level = this.#levelAbove(level);
    return parentOf(level, offset);
  }

  /** The only leaf with room before it, or null when it has none to spare. */
  #movedTo(offset: number): Buffer | null {
    const { bytes, cells } = this.#leaf;
    const moved = new TreePage('leaf', offset);
    for (let i = 0, end = pageBytes; i < cells; i += 1) {
      const start = bytes.readUInt16BE(8 + 2 * i);
      const at = moved.reserve(end - start);
      if (at < 0) return null;
      moved.bytes.set(bytes.subarray(start, end), at);
      end = start;
    }
    return moved.finish();
  }

  #payloadSize(at: number, payload: number): number {
    return writeVarint(this.#leaf.bytes, at, payload);
  }

  #reserve(bytes: number): number {
    const at = this.#leaf.reserve(bytes);
    if (at >= 0) return at;
    this.#finishLeaf();
    return this.#leaf.reserve(bytes);
  }

  #finishLeaf(): void {
    this.#leaves.push({ page: this.sink.takePage(this.#leaf.finish()), lastRowid: this.#lastRowid });
    this.#leaf.clear();
  }

  /** A row that is too large for a page goes on in pages of its own. */
  #appendLarge(rowid: number, payload: number, head: number): void {
    const bytes = Buffer.allocUnsafe(payload);
    this.#record.write(bytes, 0);
    const local = localPart(payload);
    const first = this.#chain(bytes.subarray(local));
    const at = this.#reserve(head + local + 4);
    const { bytes: page } = this.#leaf;
    const place = writeVarint(page, this.#payloadSize(at, payload), rowid);
    page.set(bytes.subarray(0, local), place);
    page.writeUInt32BE(first, place + local);
  }

  /** Writes the pages of a chain, the last first, as each names the next; returns the number of the first. */
  #chain(bytes: Buffer): number {
    const room = pageBytes - 4;
    const page = Buffer.alloc(pageBytes);
    let next = 0;
    for (let i = Math.ceil(bytes.length / room) - 1; i >= 0; i -= 1) {
      page.fill(0);
      page.writeUInt32BE(next, 0);
      page.set(bytes.subarray(i * room, (i + 1) * room), 4);
      next = this.sink.takePage(page);
    }
    return next;
  }

  /** Parents for all pages of a level, of equal size: one without a child beside its last cannot be. */
  #levelAbove(level: readonly Child[]): Child[] {
    const pages = Math.ceil(level.length / childrenPerPage);
    const share = Math.ceil(level.length / pages);
    const above: Child[] = [];
    for (let i = 0; i < level.length; i += share) {
      const children = level.slice(i, i + share);
      const page = this.sink.takePage(parentOf(children, 0));
      above.push({ page, lastRowid: children.at(-1)?.lastRowid ?? 0 });
    }
    return above;
  }
}

/** A pointer, a page number and a rowid take 15 bytes at most. */
const childrenPerPage = Math.floor((pageBytes - 128) / 15);

/** An interior page over some children. */
function parentOf(children: readonly Child[], offset: number): Buffer {
  const page = new TreePage('interior', offset);
  for (const { page: number, lastRowid } of children.slice(0, -1)) {
    const at = page.reserve(4 + varintBytes(lastRowid));
    page.bytes.writeUInt32BE(number, at);
    writeVarint(page.bytes, at + 4, lastRowid);
  }
  return page.finish(children.at(-1)?.page);
}
