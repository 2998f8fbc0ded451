import type { Shape } from '../domain/segment.js';
import type { Child } from './pages.js';

/** Pages that a writer has added to a segment which another one began. Plain data. */
export interface SegmentPages {
  readonly rows: readonly { readonly shape: Shape; readonly leaves: readonly Child[] }[];
  readonly identities: readonly Child[];
  readonly rejects: readonly Child[];
}

/** A segment that is being written, as other threads must know it. */
export interface OpenSegment {
  readonly path: string;
  readonly pages: SharedArrayBuffer;
}
