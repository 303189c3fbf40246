/** One evaluation of one scene by the worker: what is placed, stopped and told; then the same once more, for nothing. */
import assert from 'node:assert/strict';
import type { Clock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { Job } from '../../src/nomad/types.ts';
import { BlockedEvals } from '../../src/nomad-server/blocked-evals.ts';
import { EvalBroker } from '../../src/nomad-server/eval-broker.ts';
import { evaluationOf } from '../../src/nomad-server/evaluations.ts';
import { schedule } from '../../src/nomad-server/scheduler/schedule.ts';
import { StateStore } from '../../src/nomad-server/state-store.ts';
import { Timers } from '../../src/nomad-server/timers.ts';
import { Worker } from '../../src/nomad-server/worker.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { stateOf, unserved } from './nomad-server-quiet.ts';
import { type Scene, stage } from './nomad-server-scenes.ts';
import { nowMs } from './nomad-server-there.ts';
import { Watch } from './nomad-server-watch.ts';

/** @throws when something that must hold does not. */
export function runScene(scene: Scene): void {
  const store = new StateStore();
  const watch = new Watch(store);
  const job = stage(store, scene);
  watch.problems.length = 0; // the scene is as it is
  const evaluate = workerOf(store, scene.seed);
  evaluate(job, 'first');
  assert.deepEqual([...watch.problems, ...unserved(job, store, watch)], []);
  watch.look();
  assert.deepEqual(watch.problems, []);
  const first = stateOf(job, store);
  evaluate(job, 'second');
  const second = stateOf(job, store);
  assert.deepEqual(second.allocations, first.allocations, 'evaluated once more');
  // A rollout may begin, or end, with the first evaluation that finds nothing to move or to place.
  evaluate(job, 'third');
  assert.deepEqual(stateOf(job, store), second, 'evaluated a third time');
  assert.deepEqual(watch.problems, []);
}

/** Time stands still: what is due at once is done at once, and nothing else ever is. */
function workerOf(store: StateStore, seed: number): (job: Job, id: string) => void {
  const due: (() => void)[] = [];
  const clock: Clock = {
    now: () => nowMs,
    elapsed: () => 0,
    after(ms, run) {
      if (ms <= 0) due.push(run);
      return () => undefined;
    },
  };
  const broker = new EvalBroker();
  const world = { clock, random: seededRandom(seed), log: noLog, telemetry: noTelemetry };
  const schedulers = { service: schedule, batch: schedule, system: schedule, sysbatch: schedule };
  const worker = new Worker({ world, store, broker, timers: new Timers(clock), schedulers });
  new BlockedEvals(store, (evaluation) => worker.enqueue(evaluation));
  return (job, id) => {
    store.transact(nowMs, (tx) => tx.putEvaluation(evaluationOf(id, job, { TriggeredBy: 'job-register' })));
    for (let run = due.shift(); run !== undefined; run = due.shift()) run();
  };
}
