/** Steps of a recording, in the lines that tell of differences: `#12 GET /v1/jobs: answer.X: …`, `#3 $ job run: stdout: …`. */
import assert from 'node:assert/strict';

export const stepOf = (line: string): number => Number(/^#(\d+)/.exec(line)?.[1]);

export const isOfCli = (line: string): boolean => /^#\d+ \$/.test(line);

/** @param steps  those that differ, all of them and no other. */
export function assertDiffering(found: readonly string[], steps: readonly number[]): void {
  const unexpected = found.filter((line) => !steps.includes(stepOf(line)));
  assert.deepEqual(unexpected, []);
  const seen = new Set(found.map(stepOf));
  const equal = steps.filter((step) => !seen.has(step));
  assert.deepEqual(equal, [], 'steps that no longer differ: take them off the list');
}
