import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Held } from '../../../src/lib/held.ts';

const absent = () => new Error('nothing here');

test('what is not there cannot be used', () => {
  const held = new Held<string>(() => undefined);
  assert.throws(() => held.use((value) => value, absent), { message: 'nothing here' });
});

test('a value is released after its last call, and the new one is used at once', async () => {
  const released: string[] = [];
  const held = new Held<string>((value) => {
    released.push(value);
  });
  await held.replace('old');
  const ends: (() => void)[] = [];
  const calls = [1, 2].map((id) =>
    held.use((value) => new Promise<string>((resolve) => ends.push(() => resolve(`${value} ${id}`))), absent),
  );
  const replaced = held.replace('new');
  assert.equal(
    held.use((value) => value, absent),
    'new',
  );
  ends[0]?.();
  await calls[0];
  assert.deepEqual(released, []);
  ends[1]?.();
  assert.deepEqual(await Promise.all(calls), ['old 1', 'old 2']);
  await replaced;
  assert.deepEqual(released, ['old']);
});

test('a call that fails is over as well', async () => {
  const released: string[] = [];
  const held = new Held<string>((value) => {
    released.push(value);
  });
  await held.replace('old');
  assert.throws(() => held.use(() => assert.fail('at once'), absent), { message: 'at once' });
  await assert.rejects(async () => held.use(() => Promise.reject(new Error('later')), absent), { message: 'later' });
  await held.replace(undefined);
  assert.deepEqual(released, ['old']);
});
