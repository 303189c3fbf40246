/** Checks many generated cases, and tells the smallest one that fails in few lines. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type JobShape, plainBatchJob } from '../support/nomad-arbitraries.ts';
import type { Scene } from './nomad-server-scenes.ts';
import type { Course, Step } from './nomad-server-steps.ts';

/** True for `npm run fuzz`, which looks for what nobody saw yet; a run of all tests tries few cases, the same each time. */
export const isLong = process.env['npm_lifecycle_event'] === 'fuzz';

/** `FC_SEED=<seed>` repeats a run. */
export const seed = Number(process.env['FC_SEED'] ?? (isLong ? Math.floor(Math.random() * 2 ** 31) : 1));

/**
 * @param set  tells sets of cases of one seed apart.
 * @throws with the seed and the smallest case that fails, in the words of `tell`.
 */
export async function checkCases<T>(
  property: fc.IRawProperty<[T]>,
  { set, numRuns }: { readonly set: number; readonly numRuns: number },
  tell: (one: T) => string,
): Promise<void> {
  const result = await fc.check(property as fc.IAsyncProperty<[T]>, { seed: seed + set, numRuns });
  if (!result.failed) return;
  const why = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  const again = `FC_SEED=${seed} repeats it (case ${result.numRuns})`;
  const smallest = result.counterexample === null ? '' : tell(result.counterexample[0]);
  assert.fail(`${why}\n${again}, which is at its smallest:\n${smallest}`);
}

export function tellCourse({ nodes, steps, seed: chance }: Course): string {
  return [
    `seed ${chance}`,
    ...nodes.map((node) => `node ${json(unlike(node, plainNode))}`),
    ...steps.map(tellStep),
  ].join('\n');
}

function tellStep(step: Step): string {
  if (step.do === 'register') return json({ ...step, shape: tellJob(step.shape) });
  return json(step.do === 'join' ? { ...step, shape: unlike(step.shape, plainNode) } : step);
}

export function tellScene({ nodes, job, own, others, ...rest }: Scene): string {
  return [
    ...nodes.map(({ shape, state }) => `node ${state} ${json(unlike(shape, plainNode))}`),
    ...own.map((one) => `own ${json(one)}`),
    ...others.map((one) => `other ${json(one)}`),
    `job ${json(tellJob(job))}`,
    json(rest),
  ].join('\n');
}

const json = (value: unknown) => JSON.stringify(value) ?? '';

const tellJob = ({ groups, ...job }: JobShape) => ({
  ...unlike(job, plainBatchJob),
  groups: groups.map((group) => unlike(group, plainBatchJob.groups[0] ?? {})),
});

const plainNode = {
  ...{ datacenter: 'dc1', nodeClass: '', nodePool: 'default', cpuMhz: 4000, cores: 2, memoryMb: 4096 },
  ...{ diskMb: 20_000, reserved: {}, attributes: {}, meta: { rack: 'r1' }, drivers: ['mock_driver'] },
  ...{ maxAllocations: 0, addresses: ['127.0.0.1'] },
};

/** The fields that are not as in the plain one. */
function unlike(one: object, plain: object): object {
  const known = new Map<string, unknown>(Object.entries(plain));
  return Object.fromEntries(Object.entries(one).filter(([key, value]) => json(value) !== json(known.get(key))));
}
