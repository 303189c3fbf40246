import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distribute, fullestFirst, otherZones, usableZones } from '../../../../../plugins/target/os-nova/zones.ts';

const counts = (texts: Readonly<Record<string, number>>) => new Map(Object.entries(texts));

/** The pool's counts afterwards. */
function filled(zones: readonly string[], before: Readonly<Record<string, number>>, servers: number) {
  const after = counts(before);
  for (const zone of distribute(zones, counts(before), servers)) after.set(zone, (after.get(zone) ?? 0) + 1);
  return Object.fromEntries(after);
}

test('os-nova #1: new servers even zones out', () => {
  assert.deepEqual(filled(['1', '2', '3'], { 1: 5, 2: 1, 3: 3 }, 5), { 1: 5, 2: 5, 3: 4 });
});

test('os-nova #2, #3: only listed zones get servers, and only they count', () => {
  assert.deepEqual(filled(['AZ1'], { AZ1: 5, AZ2: 1 }, 3), { AZ1: 8, AZ2: 1 });
  assert.deepEqual(filled(['AZ1'], { AZ2: 5 }, 3), { AZ1: 3, AZ2: 5 });
});

test('os-nova #4: without zones none is set', () => {
  assert.deepEqual(distribute([], counts({}), 3), []);
});

test('os-nova #5: empty zones are filled in the order of the list', () => {
  assert.deepEqual(distribute(['b', 'a', 'c'], counts({}), 4), ['b', 'a', 'c', 'b']);
});

test('a pool is never further from even than it was, and at most one server when it could be evened out', () => {
  for (let seed = 1; seed < 200; seed++) {
    const before = { a: seed % 5, b: seed % 7, c: seed % 3 };
    const after = Object.values(filled(['a', 'b', 'c'], before, 12));
    assert.ok(Math.max(...after) - Math.min(...after) <= 1, JSON.stringify({ before, after }));
  }
});

const cloud = [
  { name: 'nova', isAvailable: true },
  { name: 'az1', isAvailable: true },
  { name: 'az2', isAvailable: false },
  { name: 'az3', isAvailable: true },
];

test('zones that are not available, or not there, are passed over', () => {
  assert.deepEqual(usableZones([], cloud), { usable: ['az1', 'az3'], passedOver: ['az2'] });
  assert.deepEqual(usableZones(['az3', 'az2', 'az9'], cloud), { usable: ['az3'], passedOver: ['az2', 'az9'] });
  assert.deepEqual(usableZones(['nova'], cloud), { usable: ['nova'], passedOver: [] });
});

test('where else a server may go: the emptiest zone first', () => {
  assert.deepEqual(otherZones(['a', 'b', 'c'], counts({ a: 0, b: 4, c: 2 }), 'a'), ['c', 'b']);
});

test('servers leave the fullest zone first, and in their own order within one', () => {
  const items = ['a1', 'b1', 'a2', 'b2', 'a3'];
  const zoneOf = (item: string) => item.slice(0, 1);
  assert.deepEqual(fullestFirst(items, zoneOf, counts({ a: 3, b: 2 })), ['a1', 'b1', 'a2', 'b2', 'a3']);
  assert.deepEqual(fullestFirst(items, zoneOf, counts({ a: 3, b: 5 })), ['b1', 'b2', 'a1', 'a2', 'a3']);
});
