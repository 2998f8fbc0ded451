import { hash } from 'node:crypto';
import { IngestError } from '../domain/errors.js';
import type { Shard } from '../domain/settings.js';
import type { Connection } from '../store/database.js';
import type { Store } from '../store/store.js';

const whole: Shard = { index: 1, count: 1 };

/** Whether a file belongs to a shard: by the first 48 bits of SHA-256 over source and relative path. */
export function isInShard(source: string, path: string, { index, count }: Shard): boolean {
  if (count === 1) return true;
  const digest = hash('sha256', `${source}\0${path}`, 'hex');
  return Number.parseInt(digest.slice(0, 12), 16) % count === index - 1;
}

/** The shard that a database holds; null while it holds none. */
export function heldShard(db: Connection): Shard | null {
  const held = db.prepare('SELECT shard AS "index", shards AS count FROM _ingest_shard').get();
  return (held as Shard | undefined) ?? null;
}

/** Throws IngestError `usage` when a database holds another shard than the one that is asked for. */
export function checkShard(db: Connection, asked: Shard | null): void {
  const held = heldShard(db);
  if (!held || shardText(held) === shardText(asked ?? whole)) return;
  throw new IngestError(
    'usage',
    `The database holds ${shardText(held)}, and this run asks for ${shardText(asked ?? whole)}.`,
    held.count === 1
      ? 'Leave --shard out, or name a database of its own for each shard with --db.'
      : `Run with --shard ${held.index}/${held.count}, or name another database with --db.`,
  );
}

/** Notes in a database without a run which shard it will hold. Throws as {@link checkShard}. */
export async function claimShard(store: Store, asked: Shard | null): Promise<void> {
  checkShard(store.db, asked);
  const { index, count } = asked ?? whole;
  await store.transaction(() => {
    store.db
      .prepare('INSERT INTO _ingest_shard SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM _ingest_shard)')
      .run(index, count);
  });
}

function shardText({ index, count }: Shard): string {
  return count === 1 ? 'all files' : `shard ${index}/${count}`;
}
