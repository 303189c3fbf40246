/** One course of a whole embedded Nomad on a virtual clock: step by step, then left alone until it is quiet. */
import assert from 'node:assert/strict';
import { type TestNomad, testNomad } from '../support/nomad-server.ts';
import { isOvertaken, isSteady, stateOf, unsettled } from './nomad-server-quiet.ts';
import { type Course, registerTemplates, take } from './nomad-server-steps.ts';
import { Watch } from './nomad-server-watch.ts';

/** Longer than every deadline of jobs and drains. */
const quietMs = 900_000;
const mostLooks = 30;

/** @throws when something that must hold does not. */
export async function runCourse({ nodes, steps, seed }: Course): Promise<void> {
  let named = 0;
  const names = () => `n${++named}`;
  const nomad = testNomad({ nodes: nodes.map((shape) => ({ ...shape, name: names() })) }, seed);
  const { server, clock, get } = nomad;
  const watch = new Watch(server.store);
  await registerTemplates(nomad);
  for (const step of steps) {
    await take(nomad, step, names);
    watch.look();
    await watch.lookAtApi(get);
    assert.deepEqual(watch.problems, [], `after ${JSON.stringify(step)}`);
  }
  await clock.advance(quietMs);
  await becomesQuiet(nomad, watch);
  await changesNothing(nomad, watch);
  watch.look();
  assert.deepEqual(watch.problems, [], 'at the end');
  server.close();
  await clock.advance(0);
  assert.equal(clock.pending, 0, 'timers were left behind');
}

/** Tasks that fail again and again are looked at until they are caught at rest. */
async function becomesQuiet({ server, clock }: TestNomad, watch: Watch): Promise<void> {
  let problems: readonly string[] = [];
  for (let look = 0; look < mostLooks; look++) {
    problems = unsettled(server.store, watch, clock.now());
    if (problems.length === 0) return;
    await clock.advance(1000);
  }
  assert.deepEqual(problems, [], 'at the quiet end');
}

/** To evaluate a job once more does nothing to it. */
async function changesNothing({ server, clock, put }: TestNomad, watch: Watch): Promise<void> {
  for (const job of [...server.store.state.jobs.values()]) {
    const isForgotten = watch.forgotten.has(`${job.ID} ${job.Version}`);
    if (!isSteady(job) || isForgotten || isOvertaken(job, server.store)) continue;
    const before = stateOf(job, server.store);
    await put(`/v1/job/${encodeURIComponent(job.ID)}/evaluate`, { JobID: job.ID });
    await clock.advance(10);
    assert.deepEqual(stateOf(job, server.store), before, `${job.ID} was evaluated once more`);
  }
}
