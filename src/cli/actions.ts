import type { Action, CommandName } from './commands.js';
import type { SharingCommand } from './sharing.js';

/** What the commands do. Each is imported when it is called, so that the others start fast. */
export const actions: Readonly<Record<CommandName, () => Promise<Action>>> = {
  run: async () => (await import('./run.js')).runCommand,
  status: async () => (await import('./status.js')).statusCommand,
  files: async () => (await import('./files.js')).filesCommand,
  rejects: async () => (await import('./rejects.js')).rejectsCommand,
  runs: async () => (await import('./runs.js')).runsCommand,
  explain: () => inChild('explain'),
  config: async () => (await import('./config.js')).configCommand,
  doctor: () => inChild('doctor'),
  init: () => inChild('init'),
  completion: async () => (await import('./completion.js')).completionCommand,
};

/** Threads for file system calls: a command makes few at a time, and those that hang hold theirs. */
const poolSize = 64;

async function inChild(name: SharingCommand): Promise<Action> {
  const { supervise, endAs } = await import('./supervise.js');
  return async (call) => endAs(await supervise({ type: 'command', name, call }, poolSize));
}
