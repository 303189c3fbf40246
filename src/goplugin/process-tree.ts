/** The processes below a process, where the system tells: Linux. */
import { readdirSync, readFileSync } from 'node:fs';

/** Sends a signal; 0 only asks whether one could be sent. Throws when there is no such process. */
export type SendSignal = (pid: number, signal: NodeJS.Signals | 0) => unknown;

/** @returns the processes that any thread of it started and that still are its own; none where the system does not tell. */
export function childrenOf(pid: number): readonly number[] {
  const threads = `/proc/${pid}/task`;
  try {
    return readdirSync(threads).flatMap((thread) => numbersIn(readFileSync(`${threads}/${thread}/children`, 'utf8')));
  } catch {
    return []; // it has ended meanwhile, or the system has no such file
  }
}

/** Those, and theirs. */
export function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/**
 * The process and all above it, up to the first of all. Where the system does not tell, the process alone.
 *
 * @param pid  of a parent, whose death shows in that its children get another one.
 */
export function withAncestors(pid: number): readonly number[] {
  const found: number[] = [];
  for (let at = pid; at > 1; at = parentOf(at)) found.push(at);
  return found;
}

/** @returns 0 when nobody knows. */
function parentOf(pid: number): number {
  try {
    const [, parent] = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return Number(parent);
  } catch {
    return 0;
  }
}

/** The fields of `/proc/<pid>/stat` from the state on: what stands before, the program's name, may hold any sign. Source: proc(5). */
export function statFields(text: string): readonly string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

const numbersIn = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number);
