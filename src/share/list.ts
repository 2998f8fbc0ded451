import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { failureName, SourceDown } from './failure.js';
import { printableName } from './fileName.js';
import { type Patience, patiently } from './patience.js';
import type { Reach } from './read.js';
import { ask } from './root.js';
import { type ScanReport, type ScanRequest, unsettledFolder } from './scanReport.js';

/** An mtime this close to now does not prove that nothing came after it. */
const racyNs = 2_000_000_000n;

/** Lists the folders of one scan and writes into its report what it meets. Paths are relative to the root. */
export class FolderLister {
  /** Names of the folders in each folder that may be still. */
  readonly #children = new Map<string, string[]>();

  constructor(
    readonly request: ScanRequest,
    readonly reach: Reach,
    readonly patience: Patience,
    readonly report: ScanReport,
  ) {
    for (const path of request.still?.keys() ?? []) {
      const cut = path.lastIndexOf('/');
      const parent = path.slice(0, Math.max(cut, 0));
      if (path !== '')
        this.#children.set(parent, [...(this.#children.get(parent) ?? []), path.slice(cut + 1)]);
    }
  }

  /** The entries of a folder that the scan is to look at; none, with the error recorded, if it cannot be listed. */
  async list(folder: string): Promise<Dirent[]> {
    try {
      if (await this.#isStill(folder)) return this.#stillEntries(folder);
      const path = join(this.request.folder, folder);
      const entries = await patiently(() => ask(this.reach, 'readdir', path), this.patience);
      this.#noteLinks(path, entries);
      return entries.filter((entry) => this.#isAsked(folder, entry));
    } catch (error) {
      if (!(error instanceof SourceDown)) this.#noteError(folder, error);
      return [];
    }
  }

  /** Whether nothing came into a folder or left it since its files were all taken. */
  async #isStill(folder: string): Promise<boolean> {
    const { still } = this.request;
    if (!still) return false;
    const path = join(this.request.folder, folder);
    const { mtimeNs } = await patiently(() => ask(this.reach, 'stat', path), this.patience);
    if (still.get(folder) === mtimeNs) return true;
    const now = BigInt(Date.now()) * 1_000_000n;
    this.report.folders.set(folder, now - mtimeNs > racyNs ? mtimeNs : unsettledFolder);
    return false;
  }

  #stillEntries(folder: string): Dirent[] {
    this.report.still.push(folder);
    const names = this.#children.get(folder) ?? [];
    return names.map(knownFolder).filter((entry) => this.#isAsked(folder, entry));
  }

  #isAsked(folder: string, entry: Dirent): boolean {
    const { dated, floor } = this.request;
    if (!dated) return true;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return dated.holds(path);
    if (!dated.covers(path)) return false;
    if (floor === null || !dated.isBefore(path, floor)) return true;
    this.report.passedOver.push(path);
    return false;
  }

  #noteLinks(path: string, entries: readonly Dirent[]): void {
    for (const entry of entries) {
      const hidden = entry.name.startsWith('.');
      if (entry.isSymbolicLink() && !hidden) this.report.links.push(join(path, entry.name));
    }
  }

  #noteError(folder: string, error: unknown): void {
    const path = printableName(join(this.request.folder, folder));
    this.report.errors.push({ path, code: failureName(error) });
  }
}

/** The entry of a folder that is known to be there. */
function knownFolder(name: string): Dirent {
  const no = () => false;
  const kinds = { isFile: no, isSymbolicLink: no, isBlockDevice: no, isCharacterDevice: no, isFIFO: no };
  return { name, ...kinds, isSocket: no, isDirectory: () => true } as unknown as Dirent;
}
