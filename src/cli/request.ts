import type { Summary } from '../domain/event.js';
import type { OutputSettings, RunSettings } from '../domain/settings.js';
import type { Named } from '../report/commandLine.js';
import type { Call } from './commands.js';
import type { SharingCommand } from './sharing.js';

/** What the parent process asks of the child that does the work; plain data. */
export type Request = RunRequest | CommandRequest;

export interface RunRequest {
  readonly type: 'run';
  readonly run: RunSettings;
  readonly output: OutputSettings;
  /** The command that the only root may be a slip of. */
  readonly likelyCommand: string | null;
  /** What the command line names. */
  readonly named: Named;
}

export interface CommandRequest {
  readonly type: 'command';
  readonly name: SharingCommand;
  readonly call: Call;
}

/** What the parent tells the child. */
export type Order =
  | Request
  /** A signal has come: end in good order; at the second one at once. */
  | { readonly type: 'end'; readonly exitCode: number };

/** The child's last word: the database is closed, nothing more is to be expected. */
export interface Done {
  readonly exitCode: number;
  /** Null when it ended before it had anything to sum up, and of all commands but the run. */
  readonly summary: Summary | null;
}
