import type { Action } from './commands.js';

/** The commands beside the run that ask shares, and what they do; a share may hang, so they work in the child. */
export const sharing = {
  explain: async () => (await import('./explain.js')).explainCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  init: async () => (await import('./init.js')).initCommand,
} as const satisfies Readonly<Record<string, () => Promise<Action>>>;

export type SharingCommand = keyof typeof sharing;
