/** What benchmarks share: printing a figure, and the few statistics that they need. */

/** One JSON line. Names are snake_case and say how many there were of what. */
export function printFigure(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: rounded(value), unit }));
}

/** Three digits that count, and all those before the point. */
const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** @param part  0.5 for the median, 0.99 for what 99 of 100 stay below. */
export function quantile(values: Iterable<number>, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? Number.NaN;
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5);

/** Milliseconds that the work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** One after the other. */
export async function repeated<T>(times: number, work: (at: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let at = 0; at < times; at++) results.push(await work(at));
  return results;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
