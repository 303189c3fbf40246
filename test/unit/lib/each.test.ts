import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachOf } from '../../../src/lib/each.ts';

/** Work that ends when it is told to. */
function heldWork() {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const work = (item: number) =>
    new Promise<string>((resolve, reject) => {
      begun.push(item);
      ends.set(item, (error) => (error === undefined ? resolve(`done ${item}`) : reject(error)));
    });
  const end = async (item: number, error?: Error) => {
    ends.get(item)?.(error);
    await new Promise(setImmediate);
  };
  return { begun, work, end };
}

test('so many at once are worked on, the next when one is done, and the results keep the order of the items', async () => {
  const { begun, work, end } = heldWork();
  const all = eachOf([1, 2, 3], 2, work);
  assert.deepEqual(begun, [1, 2]);
  await end(2);
  assert.deepEqual(begun, [1, 2, 3]);
  await end(3);
  await end(1);
  assert.deepEqual(await all, ['done 1', 'done 2', 'done 3']);
});

test('after a failure no further item is begun', async () => {
  const { begun, work, end } = heldWork();
  const all = assert.rejects(eachOf([1, 2, 3, 4], 2, work), { message: 'no' });
  await end(1, new Error('no'));
  await all;
  await end(2);
  assert.deepEqual(begun, [1, 2]);
});

test('of nothing, nothing', async () => {
  assert.deepEqual(await eachOf([], 3, async () => 1), []);
});
