import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evaluation } from '../../../src/nomad/evaluation-types.ts';
import { EvalBroker } from '../../../src/nomad-server/eval-broker.ts';

function evaluation(id: string, job: string, facts: Partial<Evaluation> = {}): Evaluation {
  return {
    ...{ ID: id, Namespace: 'default', Priority: 50, Type: 'service', TriggeredBy: 'job-register', JobID: job },
    ...{ Status: 'pending', CreateIndex: 1, ModifyIndex: 1, CreateTime: 0, ModifyTime: 0 },
    ...facts,
  };
}

test('nomad-scheduler #9: the second evaluation of a job waits for the first', () => {
  const broker = new EvalBroker();
  const first = evaluation('1', 'web');
  broker.enqueue(first);
  broker.enqueue(evaluation('2', 'web'));
  assert.equal(broker.dequeue()?.ID, '1');
  assert.equal(broker.dequeue(), undefined);
  assert.deepEqual(broker.acknowledge(first), []);
  assert.equal(broker.dequeue()?.ID, '2');
});

test('nomad-scheduler #10: of those that waited the best is next, the others are not needed', () => {
  const broker = new EvalBroker();
  const first = evaluation('1', 'web');
  broker.enqueue(first);
  broker.dequeue();
  for (const [id, index] of [
    ['2', 2],
    ['4', 4],
    ['3', 3],
  ] as const) {
    broker.enqueue(evaluation(id, 'web', { ModifyIndex: index }));
  }
  assert.deepEqual(
    broker.acknowledge(first).map((one) => one.ID),
    ['3', '2'],
  );
  assert.equal(broker.dequeue()?.ID, '4');
});

test('nomad-scheduler #11: the higher priority runs first, equal ones in the order of their coming', () => {
  const broker = new EvalBroker();
  broker.enqueue(evaluation('a', 'a', { Priority: 30 }));
  broker.enqueue(evaluation('b', 'b', { Priority: 80 }));
  broker.enqueue(evaluation('c', 'c', { Priority: 80 }));
  assert.deepEqual([broker.dequeue()?.ID, broker.dequeue()?.ID, broker.dequeue()?.ID], ['b', 'c', 'a']);
});

test('an evaluation that is here already is not taken twice', () => {
  const broker = new EvalBroker();
  const one = evaluation('1', 'web');
  broker.enqueue(one);
  broker.enqueue(one);
  broker.dequeue();
  broker.acknowledge(one);
  assert.equal(broker.dequeue(), undefined);
});
