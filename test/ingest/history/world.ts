import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Document, formatOf, render } from './document.ts';
import { type Change, paths, type Setting, type SourceName, sourceNames, type When } from './steps.ts';

/** A file of the model; it stands on the disk as well. */
export interface ModelFile {
  readonly source: SourceName;
  readonly path: string;
  readonly document: Document;
  readonly sha256: string;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export interface Place {
  readonly source: SourceName;
  readonly path: string;
}

/** Every place a file may stand at, in order. */
export const places: readonly Place[] = sourceNames.flatMap((source) =>
  paths[source].map((path): Place => ({ source, path })),
);

/** Far enough back that no mtime of the story is near the moment a file is looked at. */
const storyStart = 1_700_000_000;
const daySeconds = 86_400;

const firstSetting: Omit<Setting, 'table' | 'dedupe'> = {
  types: 'auto',
  pathColumns: null,
  ownRule: false,
  onDelete: 'keep',
};

/** Shares, as files in a folder, and the settings of their sources: what a history changes. */
export class World {
  readonly files = new Map<string, ModelFile>();
  /** All contents that any file ever had, by SHA-256. */
  readonly contents = new Map<string, { bytes: Buffer; document: Document }>();
  readonly settings: Record<SourceName, Setting>;
  /** Sources whose settings were changed since the start. */
  readonly reconfigured = new Set<SourceName>();
  /** What each place held under each size and mtime it had. */
  readonly #guises = new Map<string, Set<string>>();
  #clock = 0;
  #last = storyStart;

  constructor(
    readonly root: string,
    dedupe: Setting['dedupe'],
  ) {
    const shared = { ...firstSetting, table: 'shared', dedupe };
    this.settings = { alpha: shared, beta: shared, gamma: { ...shared, table: 'own', ownRule: true } };
    for (const source of sourceNames) mkdirSync(join(root, source), { recursive: true });
  }

  /** Seconds since 1970: the newest mtime of the story, the future apart. */
  get now(): number {
    return storyStart + this.#clock;
  }

  folder(source: SourceName): string {
    return join(this.root, source);
  }

  apply(change: Change): void {
    if (change.change === 'configure') {
      this.#configure(change.source, change.setting);
    } else if (change.change === 'write') {
      const place = placeAt(change.to);
      this.write(place, { ...change.draft, format: formatOf(place.path) }, this.#time(change.when, place));
    } else {
      const file = this.#existing(change.at);
      if (file) this.#changeFile(file, change);
    }
  }

  /** Writes a document to a place, on the disk too. */
  write({ source, path }: Place, document: Document, mtime: number): void {
    const bytes = bytesOf(path, document);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.contents.set(sha256, { bytes, document });
    this.#enter({ source, path, document, sha256, mtime });
    writeFile(join(this.folder(source), path), bytes, mtime);
  }

  /** Gives a new mtime to files that once held something else under the size and mtime they have: no look can tell. */
  unmask(): void {
    for (const file of [...this.files.values()]) {
      const held = this.#guises.get(this.#guiseOf(file));
      if (held && held.size > 1) this.write(file, file.document, this.nextTime());
    }
  }

  #enter(file: ModelFile): void {
    this.files.set(keyOf(file), file);
    const guise = this.#guiseOf(file);
    this.#guises.set(guise, (this.#guises.get(guise) ?? new Set()).add(file.sha256));
  }

  #guiseOf(file: ModelFile): string {
    return `${keyOf(file)} ${this.contents.get(file.sha256)?.bytes.length} ${file.mtime}`;
  }

  /** A mtime newer than all before. */
  nextTime(): number {
    this.#clock += 1;
    this.#last = storyStart + this.#clock;
    return this.#last;
  }

  #changeFile(file: ModelFile, change: Exclude<Change, { change: 'configure' | 'write' }>): void {
    const { document } = file;
    const rewrite = (records: Document['records'], when: When) =>
      this.write(file, { ...document, records }, this.#time(when, file));
    switch (change.change) {
      case 'append':
        rewrite([...document.records, ...change.records], change.when);
        break;
      case 'edit':
        rewrite([...document.records.slice(0, -1), change.record], change.when);
        break;
      case 'cut':
        rewrite(document.records.slice(0, change.keep), change.when);
        break;
      case 'repeat':
        rewrite([...document.records, ...document.records.slice(change.line)], change.when);
        break;
      case 'break':
        this.write(file, { ...document, broken: !document.broken }, this.#time(change.when, file));
        break;
      case 'touch':
        this.write(file, document, this.#time(change.when, file));
        break;
      case 'delete':
        this.#delete(file);
        break;
      case 'rename':
        this.#rename(file, otherPlace(file, change));
        break;
      case 'swap':
        this.#swap(file, this.#existing(change.with) ?? file);
        break;
      default:
        this.#derive(file, change);
        break;
    }
  }

  /** Makes a second file out of one. */
  #derive(file: ModelFile, change: Extract<Change, { change: 'overlap' | 'reorder' | 'copy' }>): void {
    const { document } = file;
    if (change.change === 'copy') {
      const other = otherPlace(file, change);
      this.write(other, document, change.when === 'same' ? file.mtime : this.#time(change.when, other));
      return;
    }
    const place = placeAt(change.to);
    const format = formatOf(place.path);
    if (change.change === 'overlap') {
      const records = [...document.records.slice(1), ...change.records];
      this.write(place, { ...document, format, records }, this.nextTime());
      return;
    }
    const reversed = document.records.map((record) => {
      return document.columns.map((_, index) => record[index] ?? '').reverse();
    });
    const columns = [...document.columns].reverse();
    this.write(place, { ...document, format, columns, records: reversed }, this.#time(change.when, place));
  }

  #rename(file: ModelFile, to: Place): void {
    mkdirSync(dirname(join(this.folder(to.source), to.path)), { recursive: true });
    renameSync(join(this.folder(file.source), file.path), join(this.folder(to.source), to.path));
    this.files.delete(keyOf(file));
    this.#enter({ ...file, ...to });
  }

  #swap(one: ModelFile, other: ModelFile): void {
    if (!sameEnding(one, other)) return;
    this.write(one, other.document, other.mtime);
    this.write(other, one.document, one.mtime);
  }

  #delete(file: ModelFile): void {
    rmSync(join(this.folder(file.source), file.path));
    this.files.delete(keyOf(file));
  }

  /** Two sources of one table must agree about `dedupe`, so it is changed everywhere. */
  #configure(source: SourceName, setting: Partial<Setting>): void {
    const { dedupe, ...own } = setting;
    this.settings[source] = { ...this.settings[source], ...own };
    this.reconfigured.add(source);
    if (dedupe === undefined) return;
    for (const name of sourceNames) {
      this.settings[name] = { ...this.settings[name], dedupe };
      this.reconfigured.add(name);
    }
  }

  #existing(at: number): ModelFile | undefined {
    const files = [...this.files.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return files[at % Math.max(1, files.length)];
  }

  #time(when: When, place: Place): number {
    if (when === 'tie') return this.#last;
    if (when === 'same') return this.files.get(keyOf(place))?.mtime ?? this.#last;
    if (when === 'fresh') return Math.floor(Date.now() / 1000);
    if (when === 'future') return Math.ceil(Date.now() / 1000) + daySeconds;
    const next = this.nextTime();
    return when === 'past' ? storyStart - this.#clock : next;
  }
}

function keyOf({ source, path }: { source: string; path: string }): string {
  return `${source}/${path}`;
}

/** Writes a file with the folders above it. `mtime` in seconds. */
export function writeFile(target: string, bytes: Buffer, mtime: number): void {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  utimesSync(target, mtime, mtime);
}

/** What `stat` says of a model file. */
export function fingerprintOf(world: World, file: Place): { size: bigint; mtimeNs: bigint } {
  const { size, mtimeNs } = statSync(join(world.folder(file.source), file.path), { bigint: true });
  return { size, mtimeNs };
}

function placeAt(index: number): Place {
  const place = places[index % places.length];
  if (!place) throw new Error('there are no places');
  return place;
}

/** Another place for a file's bytes. */
function otherPlace(file: Place, { to, within }: { to: number; within: boolean }): Place {
  const all = places.filter((place) => keyOf(place) !== keyOf(file) && sameEnding(place, file));
  const near = all.filter(({ source }) => source === file.source);
  const chosen = within && near.length > 0 ? near : all;
  return chosen[to % chosen.length] ?? file;
}

/** Bytes mean the same under another name only if its ending says nothing else about them. */
function sameEnding(one: Place, other: Place): boolean {
  const kind = ({ path }: Place) => /\.gz$|\.tsv$/.exec(path)?.[0] ?? '';
  return kind(one) === kind(other);
}

function bytesOf(path: string, document: Document): Buffer {
  const text = Buffer.from(render(document));
  return path.endsWith('.gz') ? gzipSync(text) : text;
}
