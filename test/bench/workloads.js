import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Files to load.
 * @typedef {{ folder: string, files: number, rows: number, bytes: number, first: string }} Workload
 */

const header = 'serial,machine,timestamp,lot,board,recipe,operator,x_mm,y_mm,void_pct,passed,remark\n';
/** The same on every machine; long ago, so that nothing waits for the settle time. */
const written = new Date('2025-01-01T00:00:00Z');
const filesInFolder = 200;

/** The record of a serial number, always the same; 15 in 100 have a quoted field. About 108 bytes. */
function record(serial) {
  const dice = (Math.imul(serial, 2654435761) >>> 0) % 100_000;
  const remark = serial % 20 < 3 ? `"pad ${dice % 97}, see ""${serial % 13}"""` : `pad ${dice % 97} as seen`;
  const minute = String(Math.floor(serial / 60) % 60).padStart(2, '0');
  const second = String(serial % 60).padStart(2, '0');
  return `${serial},xr-0${serial % 7},2026-03-02T06:${minute}:${second}Z,00${471101 + (dice % 50)},B${dice},BGA-${serial % 64},b.okafor,${serial % 311}.25,${dice % 173}.5,${dice % 31}.${dice % 9}5,${dice % 2 === 0},${remark}\n`;
}

/** Records of consecutive serial numbers. */
function records(first, count) {
  let text = '';
  for (let serial = first; serial < first + count; serial++) text += record(serial);
  return text;
}

/** A field too many, one too few, and a quote that ends before its field. */
const irregular = [
  (line) => `${line},more`,
  (line) => line.slice(0, line.lastIndexOf(',')),
  (line) => line.replace(',xr-', ',"xr"-'),
];

function dirtyRecords(first, count) {
  const lines = records(first, count).split('\n');
  for (let i = 7; i < count; i += 20)
    lines[i] = irregular[Math.floor((first + i) / 20) % irregular.length](lines[i]);
  return lines.join('\n');
}

/** A folder of small files, 200 to a folder. @returns {Workload} */
export function manyFiles(data, files, rowsInFile) {
  return folderOf(`many-${files}x${rowsInFile}`, data, files, rowsInFile, records);
}

/** The same with something irregular in one of 20 records, which is rejected: csv-parse must read them. @returns {Workload} */
export function dirtyFiles(data, files, rowsInFile) {
  const workload = folderOf(`dirty-${files}x${rowsInFile}`, data, files, rowsInFile, dirtyRecords);
  return { ...workload, rows: (workload.rows * 19) / 20 };
}

function folderOf(name, data, files, rowsInFile, text) {
  const folder = join(data, name);
  const path = (file) => join(String(Math.floor(file / filesInFolder)).padStart(4, '0'), `${file}.csv`);
  const bytes = made(folder, () => {
    let total = 0;
    for (let file = 0; file < files; file++) {
      if (file % filesInFolder === 0) mkdirSync(join(folder, path(file), '..'), { recursive: true });
      total += writeAged(join(folder, path(file)), header + text(file * rowsInFile, rowsInFile));
    }
    return total;
  });
  return { folder, files, rows: files * rowsInFile, bytes, first: join(folder, path(0)) };
}

/** One file of about `size` bytes. @returns {Workload} */
export function oneFile(data, size) {
  const rowsAtOnce = 10_000;
  const parts = Math.max(1, Math.round(size / records(0, rowsAtOnce).length));
  const folder = join(data, `one-${parts}x${rowsAtOnce}`);
  const first = join(folder, 'large.csv');
  const bytes = made(folder, () => {
    const file = openSync(first, 'w');
    writeSync(file, header);
    for (let part = 0; part < parts; part++) writeSync(file, records(part * rowsAtOnce, rowsAtOnce));
    closeSync(file);
    return age(first);
  });
  return { folder, files: 1, rows: parts * rowsAtOnce, bytes, first };
}

/** Makes a file as old as all others; returns its bytes. */
export function age(path) {
  utimesSync(path, written, written);
  return statSync(path).size;
}

/** Writes a file as old as all others; returns its bytes. */
function writeAged(path, text) {
  writeFileSync(path, text);
  return age(path);
}

/** Makes a folder unless it was made whole before; returns the bytes of its files, which `make` returns. */
export function made(folder, make) {
  const note = `${folder}.json`;
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')).bytes;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const bytes = make();
  writeFileSync(note, JSON.stringify({ bytes }));
  return bytes;
}

/**
 * Folders to be loaded one after the other, of files of 10,000 records. With `repeats`, half the records of each file
 * but the first equal those of files before, far apart; no file says a thing twice.
 * @returns {Workload[]}
 */
export function steps(data, count, filesInStep, repeats) {
  const rowsInFile = 10_000;
  const news = repeats ? rowsInFile / 2 : rowsInFile;
  return Array.from({ length: count }, (_, step) => {
    const folder = join(data, `step-${filesInStep}${repeats ? '-repeats' : ''}-${step}`);
    const numbers = Array.from({ length: filesInStep }, (_, i) => step * filesInStep + i);
    const bytes = made(folder, () =>
      numbers.reduce((total, file) => {
        const text = header + records(file * news, news) + (repeats ? olderRecords(file * news, news) : '');
        return total + writeAged(join(folder, `${file}.csv`), text);
      }, 0),
    );
    const first = join(folder, `${numbers[0]}.csv`);
    return { folder, files: filesInStep, rows: filesInStep * news, bytes, first };
  });
}

/** `count` different ones of the records before `end`, or none. */
function olderRecords(end, count) {
  const apart = 7919;
  let text = '';
  for (let i = 0; i < count && end > 0; i++) text += record((i * apart) % end);
  return text;
}
