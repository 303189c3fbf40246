/** What becomes of plans that no longer hold, and of schedulers that fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { noTelemetry } from '../../../src/lib/telemetry.ts';
import type { Evaluation } from '../../../src/nomad/evaluation-types.ts';
import { EvalBroker } from '../../../src/nomad-server/eval-broker.ts';
import { newId } from '../../../src/nomad-server/identity.ts';
import { applyPlan } from '../../../src/nomad-server/plan-apply.ts';
import type { Plan } from '../../../src/nomad-server/scheduler/plan.ts';
import { schedule } from '../../../src/nomad-server/scheduler/schedule.ts';
import { StateStore } from '../../../src/nomad-server/state-store.ts';
import { Timers } from '../../../src/nomad-server/timers.ts';
import { Worker } from '../../../src/nomad-server/worker.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const random = seededRandom(7);
const context = { nowMs: 0, newId: () => newId(random), random };

/** The plan for a job `web` that nobody evaluated yet. */
async function planned(nomad: TestNomad, body: object): Promise<{ readonly plan: Plan; readonly again: () => Plan }> {
  const { json } = await nomad.put('/v1/jobs', body);
  const evaluation = nomad.server.store.state.evaluations.get(json.EvalID);
  if (evaluation === undefined) throw new Error('the job has no evaluation');
  const again = () => schedule(nomad.server.store, evaluation, context).plan;
  return { plan: again(), again };
}

const makeIneligible = (nomad: TestNomad, id: string) =>
  nomad.put(`/v1/node/${id}/eligibility`, { Eligibility: 'ineligible' });

test('nomad-scheduler #14: a node that is no longer ready refuses its part, and the next plan goes elsewhere', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const { plan, again } = await planned(nomad, jobBody('web'));
  const chosen = plan.placements[0]?.NodeID ?? '';
  await makeIneligible(nomad, chosen);
  const { refused } = applyPlan(nomad.server.store, plan, 0, context.newId);
  assert.deepEqual([...refused], [[chosen, 'node is not eligible']]);
  assert.equal([...nomad.server.store.allocationsOfJob('default', 'web')].length, 0);
  assert.notEqual(again().placements[0]?.NodeID, chosen);
});

test('nomad-scheduler #15: of a plan that goes all at once nothing is kept when one node refuses', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const { plan } = await planned(nomad, jobBody('web', { count: 2, job: { AllAtOnce: true } }));
  assert.equal(new Set(plan.placements.map((one) => one.NodeID)).size, 2);
  await makeIneligible(nomad, plan.placements[0]?.NodeID ?? '');
  applyPlan(nomad.server.store, plan, 0, context.newId);
  assert.equal([...nomad.server.store.allocationsOfJob('default', 'web')].length, 0);
});

test('nomad-scheduler #86: what a plan stops makes room for what it places', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 1000 }] });
  const body = (revision: string) => jobBody('web', { cpu: 900, task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  const { json } = await nomad.put('/v1/jobs', body('b'));
  await nomad.clock.advance(10);
  assert.equal((await nomad.get(`/v1/evaluation/${json.EvalID}`)).json.QueuedAllocations.g, 0);
  assert.equal((await nomad.get('/v1/job/web/allocations')).json.length, 2);
});

test('nomad-scheduler #12: an evaluation whose scheduler fails three times is given up and tried later', async () => {
  const clock = virtualClock();
  const store = new StateStore();
  const timers = new Timers(clock);
  const world = { clock, random, log: noLog, telemetry: noTelemetry };
  let runs = 0;
  const fails = () => {
    runs++;
    throw new Error('broken');
  };
  new Worker({ world, store, timers, broker: new EvalBroker(), schedulers: { service: fails } });
  const evaluation: Evaluation = {
    ...{ ID: newId(random), Namespace: 'default', Priority: 50, Type: 'service', JobID: 'web' },
    ...{ TriggeredBy: 'job-register', Status: 'pending' },
    ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
  };
  store.transact(clock.now(), (tx) => tx.putEvaluation(evaluation));
  await clock.advance(1000);
  assert.equal(runs, 3);
  const failed = store.state.evaluations.get(evaluation.ID);
  assert.deepEqual([failed?.Status, failed?.StatusDescription], ['failed', 'evaluation reached delivery limit (3)']);
  const next = store.state.evaluations.get(failed?.NextEval ?? '');
  assert.equal(next?.TriggeredBy, 'failed-follow-up');
  const waitMs = Date.parse(next?.WaitUntil ?? '') - clock.now();
  assert.ok(waitMs > 55_000 && waitMs <= 360_000, String(waitMs));
});

test('a node that refuses what it is to get keeps what it has', async () => {
  const nomad = testNomad();
  const body = (revision: string) => jobBody('web', { task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  const { plan } = await planned(nomad, body('b'));
  const [stop] = plan.stops;
  await makeIneligible(nomad, stop?.NodeID ?? '');
  assert.equal(applyPlan(nomad.server.store, plan, 0, context.newId).refused.size, 1);
  assert.equal(nomad.server.store.allocation(stop?.ID ?? '')?.DesiredStatus, 'run');
});

test('what a plan gives up as lost makes room as well', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 1000 }] });
  const body = (revision: string) => jobBody('web', { cpu: 900, task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  const { plan } = await planned(nomad, body('b'));
  const stops = plan.stops.map((one) => ({ ...one, ClientStatus: 'lost' }) as const);
  assert.deepEqual([...applyPlan(nomad.server.store, { ...plan, stops }, 0, context.newId).refused], []);
});

test('what becomes unknown in the plan of a new version is of that version', async () => {
  const nomad = testNomad();
  const body = (priority: number) =>
    jobBody('web', { group: { Disconnect: { LostAfter: 3600e9 } }, job: { Priority: priority } });
  await nomad.put('/v1/jobs', body(50));
  await nomad.clock.advance(10_000);
  const [node] = nomad.server.store.nodes();
  if (node !== undefined) nomad.server.simulation.leave(node);
  const { plan } = await planned(nomad, body(60));
  assert.deepEqual(
    plan.placements.map((one) => [one.ClientStatus, one.Job.Version]),
    [['unknown', 1]],
  );
});

test('what becomes unknown while its update finds no node is waited for all the same', async () => {
  const nomad = testNomad();
  const group = { Disconnect: { LostAfter: 3600e9 } };
  await nomad.put('/v1/jobs', jobBody('web', { group }));
  await nomad.clock.advance(10_000);
  const [node] = nomad.server.store.nodes();
  if (node !== undefined) nomad.server.simulation.leave(node);
  const { plan } = await planned(nomad, jobBody('web', { group, cpu: 60 }));
  assert.deepEqual(
    plan.placements.map((one) => one.ClientStatus),
    ['unknown'],
  );
});
