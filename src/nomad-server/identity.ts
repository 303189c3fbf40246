/** Names and times as Nomad writes them. */

const hexDigits = Buffer.from('0123456789abcdef');
/** Where ids are written: a text that is pieced together would be kept in its pieces. */
const idText = Buffer.from('00000000-0000-0000-0000-000000000000');
/** All but the hyphens. */
const idPlaces = [...idText.keys()].filter((at) => idText[at] === hexDigits[0]);
const digitsPerWord = 8;

/** A random 128-bit id in UUID text without version bits, from a source in [0, 1). */
export function newId(random: () => number): string {
  let word = 0;
  for (const [digit, place] of idPlaces.entries()) {
    if (digit % digitsPerWord === 0) word = Math.floor(random() * 0x1_0000_0000);
    idText[place] = hexDigits[word >>> 28] ?? 0;
    word <<= 4;
  }
  return idText.toString('latin1');
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
