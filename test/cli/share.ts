import type { Workdir } from '../program.ts';

export const good = 'lot,board\n007,1\n007,2\n';
export const ragged = 'lot,board\n008,1\n008\n';
export const broken = '[{"lot":';

/** A share on which a run has a bit of everything to do: three lots, a copy, a bad record, a bad file. */
export function mixedShare(dir: Workdir): void {
  dir.write('share/a.csv', good);
  dir.write('share/b.csv', ragged);
  dir.write('share/c.ndjson', '{"lot":"009","board":1}\n{"lot":"007","board":2}\n');
  dir.write('share/copy.csv', good);
  dir.write('share/broken.json', broken);
}
