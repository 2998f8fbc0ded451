// bare.js FOLDER CONCURRENCY: looks at each file named on stdin, reads it and looks again; nothing else.
// UV_THREADPOOL_SIZE must be set from outside. Prints the bytes read.
import { readFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';

const [folder = '', concurrency = '16'] = process.argv.slice(2);
const names = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const limit = pLimit(Number(concurrency));

async function look(name) {
  const path = join(folder, name);
  const { size } = await stat(path);
  const file = await open(path);
  const { bytesRead } = await file.read(Buffer.allocUnsafe(size + 1));
  await file.close();
  await stat(path);
  return bytesRead;
}

const bytes = await Promise.all(names.map((name) => limit(look, name)));
console.log(bytes.reduce((sum, one) => sum + one, 0));
