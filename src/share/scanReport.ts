import type { Deadlines } from '../domain/settings.js';
import type { Access } from './calls.js';
import type { DatedFolders } from './dated.js';
import type { CallsInFlight } from './inFlight.js';

/** What a scan may leave out. */
export interface Shortcuts {
  /** Dated folders before this time, in milliseconds since 1970, are passed over. */
  readonly floor: number | null;
  /** Folders whose files need no look while the mtime is this one; null: look at all, and note no mtimes. */
  readonly still: ReadonlyMap<string, bigint> | null;
}

/** What to scan and how. */
export interface ScanRequest extends Shortcuts {
  readonly source: string;
  /** Absolute. */
  readonly folder: string;
  readonly access: Access;
  readonly deadlines: Deadlines;
  /** Relative to the folder; null: every file of a known format. */
  readonly patterns: readonly string[] | null;
  readonly exclude: readonly string[];
  /** Over a network; a local disk is asked one at a time, synchronously. */
  readonly inFlight: CallsInFlight;
  readonly dated: DatedFolders | null;
  /** What `hiddenDevice` says of the source. */
  readonly hidden: bigint | null;
}

export interface ScanReport {
  /** Folders and files that could not be looked at. A scan that has any is incomplete. */
  readonly errors: { readonly path: string; readonly code: string }[];
  /** Symbolic links below the root, which are not followed. */
  readonly links: string[];
  /** Why the source stopped answering, or null. */
  down: string | null;
  /** Dated folders that were not looked into. */
  readonly passedOver: string[];
  /** Folders that were as they had been, so that their files were not looked at. */
  readonly still: string[];
  /**
   * The mtimes, in nanoseconds, of the folders that were listed, from before they were; only with `still`. All are in it,
   * for a folder that is still is not asked for the folders in it.
   */
  readonly folders: Map<string, bigint>;
}

/** The mtime of a folder that must be listed the next time. */
export const unsettledFolder = -1n;

export function emptyReport(): ScanReport {
  return { errors: [], links: [], down: null, passedOver: [], still: [], folders: new Map() };
}
