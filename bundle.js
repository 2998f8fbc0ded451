import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

// Nothing of an older build is to be packed.
rmSync('dist', { recursive: true, force: true });

/**
 * Run by the build. Every module costs Node some tenths of a millisecond to load, in the parent, in the child and in
 * each parser thread; so the hundreds of the program and of its packages become a few files. They lie two folders below
 * package.json and side by side, as the modules do in `build`: what one finds by its own address is found from either.
 */
await build({
  input: {
    main: 'build/cli/main.js',
    child: 'build/cli/child.js',
    pinger: 'build/cli/pinger.js',
    worker: 'build/parse/worker.js',
  },
  // A warning of the bundler is a program that may not work.
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
  platform: 'node',
  external: ['better-sqlite3'],
  // The other form of jsonc-parser asks for its parts in a way that no bundler can follow.
  resolve: { mainFields: ['module', 'main'] },
  plugins: [{ name: 'licences', generateBundle: writeLicences }],
  output: {
    dir: 'dist/program',
    chunkFileNames: '[name].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});

/** Writes the licences of all packages that went into the files, as they ask for. */
function writeLicences(_options, bundle) {
  const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
  const folders = new Set(
    modules.map((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? ''),
  );
  folders.delete('');
  const source = [...folders].sort().map(licenceOf).join('\n\n');
  this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
