import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { Recent } from '../../../src/nomad/recent.ts';

test('who asks at the same moment shares one request, and within the second one answer', async () => {
  const clock = virtualClock();
  const recent = new Recent<number>(clock, 1_000);
  let loads = 0;
  const load = async () => {
    loads++;
    return loads;
  };
  const together = [recent.get('a', load), recent.get('a', load), recent.get('b', load)];
  assert.deepEqual(await Promise.all(together), [1, 1, 2]);
  await clock.advance(999);
  assert.equal(recent.get('a', load), 1, 'no promise');
  await clock.advance(1);
  assert.equal(await recent.get('a', load), 3);
});

test('a failure is everybody’s who waits for it, and nobody’s after', async () => {
  const recent = new Recent<number>(virtualClock(), 1_000);
  const fail = () => Promise.reject(new Error('no'));
  const results = await Promise.allSettled([recent.get('a', fail), recent.get('a', fail)]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await recent.get('a', async () => 5), 5);
});

test('a slow answer is asked for once however long it takes', async () => {
  const clock = virtualClock();
  const recent = new Recent<string>(clock, 1_000);
  let loads = 0;
  let answer: (value: string) => void = () => undefined;
  const load = () => {
    loads++;
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  };
  const first = recent.get('a', load);
  await clock.advance(20_000);
  const second = recent.get('a', load);
  answer('late');
  assert.deepEqual(await Promise.all([first, second]), ['late', 'late']);
  assert.equal(loads, 1);
});
