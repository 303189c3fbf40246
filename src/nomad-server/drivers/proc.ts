/** What processes use, and which have a variable, where the system tells: Linux. Source: proc(5). */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessUsage } from './machine.ts';

/** Of the times in `/proc/<pid>/stat`. */
const tickMs = 10;

/** Fields of `/proc/<pid>/stat` from the state on: what stands before, the program's name, may hold any sign. */
const [groupField, userField, systemField] = [2, 11, 12] as const;

/** @returns by group. One look at all processes, whatever the number of groups. */
export function usageOfGroups(groups: ReadonlySet<number>): ReadonlyMap<number, readonly ProcessUsage[]> {
  const found = new Map<number, ProcessUsage[]>([...groups].map((group) => [group, []]));
  if (groups.size === 0) return found;
  for (const name of processes()) {
    const fields = statFields(read(`/proc/${name}/stat`));
    const among = found.get(Number(fields[groupField]));
    if (among === undefined) continue;
    const status = read(`/proc/${name}/status`);
    among.push({
      pid: Number(name),
      userMs: Number(fields[userField]) * tickMs,
      systemMs: Number(fields[systemField]) * tickMs,
      ...{ rssBytes: bytesIn(status, 'VmRSS'), swapBytes: bytesIn(status, 'VmSwap') },
    });
  }
  return found;
}

/** @param variable  `NAME=value`, of the environment that a process started with. */
export function processesWith(variable: string): readonly number[] {
  return processes()
    .filter((name) => read(`/proc/${name}/environ`).split('\0').includes(variable))
    .map(Number);
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // no such thing on this system
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended in this moment, or is somebody else's
  }
}

const statFields = (text: string): readonly string[] => text.slice(text.lastIndexOf(')') + 2).split(' ');

/** `VmRSS:     1656 kB`; a process that has just ended has none. */
const bytesIn = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
