import type { Summary } from '../domain/event.js';
import type { OutputSettings, RunSettings } from '../domain/settings.js';

/** What the parent process asks of the child that does the work; plain data. */
export interface RunRequest {
  readonly run: RunSettings;
  readonly output: OutputSettings;
  /** The command that the only root may be a slip of. */
  readonly likelyCommand: string | null;
}

/** What the parent tells the child. */
export type Order =
  | { readonly type: 'run'; readonly request: RunRequest }
  /** A signal has come: end in good order; at the second one at once. */
  | { readonly type: 'end'; readonly exitCode: number };

/** The child's last word: the database is closed, nothing more is to be expected. */
export interface Done {
  readonly exitCode: number;
  /** Null when it ended before it had anything to sum up. */
  readonly summary: Summary | null;
}
