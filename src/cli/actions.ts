import type { Action, CommandName } from './commands.js';

/** What the commands do. Each is imported when it is called, so that the others start fast. */
export const actions: Readonly<Record<CommandName, () => Promise<Action>>> = {
  run: async () => (await import('./run.js')).runCommand,
  status: async () => (await import('./status.js')).statusCommand,
  files: async () => (await import('./files.js')).filesCommand,
  runs: async () => (await import('./runs.js')).runsCommand,
  explain: async () => (await import('./explain.js')).explainCommand,
  config: async () => (await import('./config.js')).configCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  init: async () => (await import('./init.js')).initCommand,
  completion: async () => (await import('./completion.js')).completionCommand,
};
