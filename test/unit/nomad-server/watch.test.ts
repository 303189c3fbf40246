/** Who is called when something changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watches } from '../../../src/nomad-server/watch.ts';

function counted() {
  const calls = { count: 0 };
  return { calls, wake: () => void calls.count++ };
}

test('all who wait for a thing are called, and nobody who waits for another', () => {
  const watches = new Watches();
  const [first, second, third, other] = [counted(), counted(), counted(), counted()];
  for (const { wake } of [first, second, third]) watches.watch(['job a'], wake);
  watches.watch(['job b'], other.wake);
  watches.wake(['job a']);
  assert.deepEqual(
    [first, second, third, other].map(({ calls }) => calls.count),
    [1, 1, 1, 0],
  );
});

test('who waits for several things that changed together is called once', () => {
  const watches = new Watches();
  const { calls, wake } = counted();
  watches.watch(['job a', 'allocations of job a'], wake);
  watches.wake(['job a', 'allocations of job a']);
  assert.equal(calls.count, 1);
});

test('who no longer waits is not called, and leaves the others waiting', () => {
  const watches = new Watches();
  const [first, second] = [counted(), counted()];
  const cancels = [first, second].map(({ wake }) => watches.watch(['job a'], wake));
  cancels[0]?.();
  cancels[0]?.();
  watches.wake(['job a']);
  assert.deepEqual([first.calls.count, second.calls.count], [0, 1]);
  cancels[1]?.();
  assert.equal(watches.size, 0);
});

test('while nobody waits it is not even asked what changed', () => {
  const watches = new Watches();
  watches.wake({
    [Symbol.iterator]: () => {
      throw new Error('asked');
    },
  });
});
