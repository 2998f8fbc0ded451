import { readdirSync, readFileSync } from 'node:fs';

/** The most memory that a process and all its descendants have held so far, each at its own time. */
export function peakResidentKb(pid: number | undefined): number {
  return familyOf(String(pid)).reduce((sum, member) => {
    return sum + Number(/^VmHWM:\s+(\d+) kB$/m.exec(procFile(member, 'status'))?.[1] ?? 0);
  }, 0);
}

function familyOf(pid: string): string[] {
  const children = taskIds(pid).flatMap((task) => procFile(pid, `task/${task}/children`).trim().split(' '));
  return [pid, ...children.filter((child) => child !== '').flatMap(familyOf)];
}

function taskIds(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A file of a process that may have ended. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
