/** Allocation names: `<job>.<group>[<index>]`. */

export function allocationName(jobId: string, group: string, index: number): string {
  return `${jobId}.${group}[${index}]`;
}

/** @returns the index in the name; -1 when there is none. */
export function nameIndex(name: string): number {
  const open = name.lastIndexOf('[');
  return open < 0 || !name.endsWith(']') ? -1 : Number(name.slice(open + 1, -1));
}

/** The lowest names of a group that are not taken. */
export function freeNames(jobId: string, group: string, taken: ReadonlySet<string>, count: number): readonly string[] {
  const free: string[] = [];
  for (let index = 0; free.length < count; index++) {
    const name = allocationName(jobId, group, index);
    if (!taken.has(name)) free.push(name);
  }
  return free;
}
