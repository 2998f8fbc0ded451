import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallFileBytes } from '../../src/parse/job.ts';
import { workdir } from '../program.ts';

/** Lines until a file is read in pieces, by several threads. */
function large(line: (i: number) => string): string {
  const lines: string[] = [];
  for (let bytes = 0; bytes <= smallFileBytes; bytes += lines.at(-1)?.length ?? 0)
    lines.push(line(lines.length));
  return lines.join('');
}

/** Text that gzip hardly makes smaller. */
function noise(i: number): string {
  return hash('sha512', String(i), 'base64').slice(0, 80);
}

const header = 'id,note,x\n';
const quoted = (i: number) => (i % 7000 === 5000 ? `${i},"open\n` : `${i},"q, ""${i}""",${noise(i)}\n`);
const nested = (i: number) => `{"id":${i},"f":"${noise(i)}","at":[{"x":${i}}]}\n`;

/** Files of which the first bytes, or blocks by themselves, do not show how they are to be read. */
const files = {
  'quotes that never close': { name: 'a.csv', bytes: Buffer.from(header + large(quoted)) },
  'a field that holds an object late': {
    name: 'a.ndjson',
    bytes: Buffer.from(`${large(nested)}{"id":-1,"f":{"y":1},"at":[]}\n`),
  },
  'a first character beyond ASCII that comes late': {
    name: 'a.csv',
    bytes: Buffer.from(`${header}${large((i) => `${i},n,${noise(i)}\n`)}7,Müller,é\n`, 'latin1'),
  },
};

const packed = Object.entries(files).map(
  ([what, { name, bytes }]) => [`${what}, packed`, { name: `${name}.gz`, bytes: gzipSync(bytes) }] as const,
);

test.each([...Object.entries(files), ...packed])(
  'a large file with %s is read by several threads as by one',
  async (what, { name, bytes }) => {
    const read = async (workers: string) => {
      const dir = workdir();
      dir.write(`data/${name}`, bytes);
      const source = { name: 'data', root: 'data', dedupe: 'none', maxRecordBytes: 5000 };
      dir.write('ingest.config.json', JSON.stringify({ db: 'ingest.db', sources: [source] }));
      const { summary, lines } = await dir.ingest(['--json', '--no-cache', '--workers', workers]);
      const [counted] = dir.rows<{ n: number }>('SELECT count(*) AS n FROM data');
      expect(summary.rows).toMatchObject({ inserted: counted?.n });
      const file = lines.find((line) => line.type === 'file');
      const last = dir.rows('SELECT * FROM data ORDER BY _line DESC LIMIT 3');
      const rejects = dir.rows('SELECT line, byte_offset, code, raw FROM _ingest_rejects ORDER BY line');
      return { rows: summary.rows, format: file?.format, last, rejects };
    };
    const alone = await read('0');
    expect(await read('3')).toEqual(alone);
    expect(alone.rows.inserted).toBeGreaterThan(10_000);
    if (!what.includes('ASCII')) return;
    expect(alone.rejects).toEqual([]);
    expect(alone.format).toContain('windows-1252');
    expect(alone.last[0]).toMatchObject({ note: 'Müller', x: 'é' });
  },
);
