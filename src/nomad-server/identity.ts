/** Names and times as Nomad writes them. */

/** A random 128-bit id in UUID text without version bits, from a source in [0, 1). */
export function newId(random: () => number): string {
  const hex = word(random) + word(random) + word(random) + word(random);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function word(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}

/** Epoch milliseconds as the API's integer nanoseconds. Beyond 2^53 the last digits are rounded. */
export const toNanoseconds = (ms: number): number => ms * 1_000_000;

export const toMilliseconds = (nanoseconds: number): number => nanoseconds / 1_000_000;

/** RFC 3339 in UTC. */
export const toTimestamp = (ms: number): string => new Date(ms).toISOString();

/** The key of a job among all namespaces; sorts by namespace, then ID. */
export const jobKey = (namespace: string, id: string): string => `${namespace}\u0000${id}`;

/** The key of a task group among all jobs. */
export const groupKey = (one: {
  readonly Namespace: string;
  readonly JobID: string;
  readonly TaskGroup: string;
}): string => `${jobKey(one.Namespace, one.JobID)} ${one.TaskGroup}`;
