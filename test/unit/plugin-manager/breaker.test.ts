import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker } from '../../../src/plugin-manager/breaker.ts';

/** Leaves so many calls unanswered, one every two seconds from `from` on. @returns the time of the last. */
function silence(breaker: Breaker, calls: number, from = 0): number {
  for (let call = 0; call < calls; call++) breaker.unanswered(0, from + call * 2000);
  return from + (calls - 1) * 2000;
}

/** An open circuit, and when it opened. */
function opened() {
  const breaker = new Breaker();
  const at = silence(breaker, 6);
  assert.equal(breaker.open?.openSince, at);
  return { breaker, at };
}

test('a circuit opens after five calls in a row without an answer and ten seconds, not before both', () => {
  const few = new Breaker();
  silence(few, 1);
  assert.equal(few.unanswered(0, 60_000), false);
  assert.equal(few.open, undefined);
  const quick = new Breaker();
  for (let call = 0; call < 1000; call++) assert.equal(quick.unanswered(0, 9_999), false);
  assert.equal(quick.unanswered(0, 19_999), true);
  assert.deepEqual(quick.open, { openSince: 19_999, nextTryAt: 24_999, unanswered: 1001 });
});

test('one answer among many silences keeps a circuit closed', () => {
  const breaker = new Breaker();
  for (let round = 0; round < 20; round++) {
    silence(breaker, 4, round * 9_000);
    assert.equal(breaker.answered(), false);
  }
  assert.equal(breaker.open, undefined);
  assert.equal(breaker.admit(200_000), 0);
});

test('an open circuit refuses calls, lets one through after each pause, and the pauses grow up to a minute', () => {
  const { breaker, at } = opened();
  const pauses: number[] = [];
  let from = at;
  for (let tries = 0; tries < 8; tries++) {
    const nextTryAt = breaker.open?.nextTryAt ?? 0;
    pauses.push(nextTryAt - from);
    assert.equal(breaker.admit(nextTryAt - 1), undefined);
    const turn = breaker.admit(nextTryAt);
    assert.equal(breaker.admit(nextTryAt), undefined, 'one at a time');
    assert.ok(turn !== undefined);
    breaker.unanswered(turn, nextTryAt + 1000);
    from = nextTryAt + 1000;
  }
  assert.deepEqual(pauses, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000]);
});

test('calls that were on their way when a circuit opened do not make its pause longer', () => {
  const { breaker, at } = opened();
  for (let call = 0; call < 100; call++) breaker.unanswered(0, at + 1);
  assert.equal(breaker.open?.nextTryAt, at + 5_000);
  breaker.admit(at + 5_000);
  breaker.unanswered(0, at + 5_001);
  assert.equal(breaker.open?.nextTryAt, at + 65_000, 'the try is still on its way');
});

test('a try that says nothing for a minute does not keep the next one waiting', () => {
  const { breaker, at } = opened();
  assert.equal(breaker.admit(at + 5_000), 1);
  assert.equal(breaker.admit(at + 64_999), undefined);
  assert.equal(breaker.admit(at + 65_000), 2);
});

test('any answer closes a circuit, and it is as if nothing had been', () => {
  const { breaker, at } = opened();
  assert.equal(breaker.answered(), true);
  assert.equal(breaker.admit(at + 1), 0);
  silence(breaker, 4, at);
  assert.equal(breaker.open, undefined);
});
