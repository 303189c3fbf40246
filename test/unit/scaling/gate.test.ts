import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cooldownOfEvent, gate, isNeeded, type Standing } from '../../../src/scaling/gate.ts';
import { action, down, none, status, up } from '../../support/builders.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 1, 12);
const idle: Standing = { phase: 'idle', cooldownUntil: 0 };
const recommendation = (count: number) => action({ direction: 'recommendation', count });

const needed: readonly (readonly [row: string, action: ReturnType<typeof action>, count: number, isNeeded: boolean])[] =
  [
    ['#P136', recommendation(2), 1, true],
    ['#P136', recommendation(1), 1, false],
    ['#P137', action({ count: 2 }), 1, false],
    ['#P137', action({ count: 1 }), 1, false],
    ['#P138', up(2), 1, true],
    ['#P138', up(1), 2, true],
    ['#P138', up(1), 1, false],
    ['#P139', down(2), 1, true],
    ['#P139', down(1), 2, true],
    ['#P139', down(1), 1, false],
  ];
for (const [row, given, count, expected] of needed) {
  test(`policy ${row}: ${given.direction} ${given.count} on a count of ${count} is ${expected ? '' : 'not '}needed`, () => {
    assert.equal(isNeeded(given, count), expected);
    assert.equal(gate(given, status({ count }), idle, now).kind, expected ? 'go' : 'no-change');
  });
}

test('policy #P120: what is left of the cooldown of a scaling that somebody else did', () => {
  const remaining = (ago: number) => cooldownOfEvent(now - ago * minute, 20 * minute, now) - now;
  assert.equal(remaining(10), 10 * minute);
  assert.equal(remaining(25), -5 * minute);
});

test('an event from the future, by a clock that is wrong, is one of this moment', () => {
  assert.equal(cooldownOfEvent(now + 90 * minute, 20 * minute, now), now + 20 * minute);
});

test('a cooldown holds until its end, and says how long that is', () => {
  const cooling: Standing = { phase: 'idle', cooldownUntil: now + minute };
  assert.deepEqual(gate(up(3), status({ count: 2 }), cooling, now), {
    kind: 'cooldown',
    why: 'policy still on cooldown',
    remainingMs: minute,
  });
  assert.equal(gate(up(3), status({ count: 2 }), cooling, now + minute - 1).kind, 'cooldown');
  assert.equal(gate(up(3), status({ count: 2 }), cooling, now + minute).kind, 'go');
});

test('nothing to do is said before anything else', () => {
  const busy: Standing = { phase: 'scaling', cooldownUntil: now + minute };
  assert.deepEqual(gate(none(), status(), busy, now), { kind: 'no-change', why: 'no action needed' });
  assert.deepEqual(gate(none('inside the tolerance'), status(), busy, now).kind, 'no-change');
  assert.equal(gate(up(3), status({ count: 2 }), busy, now).kind, 'scaling');
  assert.equal(gate(up(3), status({ count: 2 }), { ...busy, phase: 'waiting' }, now).kind, 'waiting');
});

const starting = status({ count: 3, desired: 6 });
const stopping = status({ count: 5, desired: 2 });
const underWay: readonly (readonly [
  name: string,
  ReturnType<typeof action>,
  ReturnType<typeof status>,
  why: string | undefined,
])[] = [
  ['an up that asks for less than was asked for already', up(5), starting, 'already scaling to 6'],
  ['an up that asks for just that', up(6), starting, 'already scaling to 6'],
  ['an up that asks for more', up(7), starting, undefined],
  ['a down while instances start', down(2), starting, undefined],
  ['a down that would bring back what is stopping', down(3), stopping, 'already scaling to 2'],
  ['a down that asks for just that', down(2), stopping, 'already scaling to 2'],
  ['a down that asks for even less', down(1), stopping, undefined],
  ['an up while instances stop', up(6), stopping, undefined],
];
for (const [name, given, seen, why] of underWay) {
  test(`${name} ${why === undefined ? 'goes' : 'is held'}`, () => {
    const verdict = gate(given, seen, idle, now);
    assert.equal(verdict.kind, why === undefined ? 'go' : 'settling');
    if (verdict.kind === 'settling') assert.equal(verdict.why, why);
  });
}
