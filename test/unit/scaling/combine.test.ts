import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Action } from '../../../src/model/action.ts';
import { combine, prefer, type Vote } from '../../../src/scaling/combine.ts';
import { action, down, none, up } from '../../support/builders.ts';
import { seeded } from '../../support/seed.ts';

const text = (given: Action | undefined) =>
  given === undefined ? 'nobody' : given.direction === 'none' ? 'none' : `${given.direction} ${given.count}`;

const word = (said: string): Action => {
  const [direction, count] = said.split(' ');
  if (direction === 'up') return up(Number(count));
  if (direction === 'down') return down(Number(count));
  return direction === 'recommendation' ? action({ direction, count: Number(count) }) : none();
};

/** `g: down 2` votes in group g, `down 2` outside of groups. */
const votes = (said: string): Vote[] =>
  said.split(', ').map((one) => {
    const [group = '', what = ''] = one.includes(': ') ? one.split(': ') : ['', one];
    return { group, action: word(what) };
  });

const pairs: readonly (readonly [row: string, first: string, second: string, winner: string])[] = [
  ['#P144', 'none', 'none', 'none'],
  ['#P144', 'none', 'down 1', 'none'],
  ['#P144', 'down 1', 'none', 'none'],
  ['#P144', 'none', 'up 1', 'up 1'],
  ['#P144', 'up 1', 'none', 'up 1'],
  ['#P144', 'up 1', 'down 2', 'up 1'],
  ['#P144', 'down 2', 'up 1', 'up 1'],
  ['#P145', 'down 1', 'down 2', 'down 2'],
  ['#P145', 'down 2', 'down 1', 'down 2'],
  ['#P145', 'down 2', 'down 2', 'down 2'],
  ['#P146', 'up 1', 'up 2', 'up 2'],
  ['#P146', 'up 2', 'up 1', 'up 2'],
  ['#P146', 'up 2', 'up 2', 'up 2'],
  ['#P147', 'up 3', 'recommendation 2', 'recommendation 2'],
  ['#P147', 'recommendation 2', 'up 3', 'recommendation 2'],
];
for (const [row, first, second, winner] of pairs) {
  test(`policy ${row}, plugins #40: of "${first}" and "${second}" "${winner}" wins`, () => {
    assert.equal(text(prefer(word(first), word(second))), winner);
  });
}

test('plugins #40: of two that are worth the same the first is kept', () => {
  for (const said of ['none', 'up 2', 'down 2', 'recommendation 2']) {
    const first = word(said);
    assert.equal(prefer(first, word(said)), first);
  }
  const first = action({ direction: 'recommendation', count: 1 });
  assert.equal(prefer(first, action({ direction: 'recommendation', count: 9 })), first);
});

const cases: readonly (readonly [row: string, said: string, winner: string])[] = [
  ['#P140', 'g: none, g: none', 'none'],
  ['#P141', 'g: none, g: up 4', 'up 4'],
  ['#P141', 'g: none, g: down 2', 'down 2'],
  ['#P141', 'g: down 2, g: none', 'down 2'],
  ['#P141', 'g: down 2, g: up 4', 'up 4'],
  ['#P142', 'g: none, h: up 5, h: down 1', 'up 5'],
  ['', 'up 10, up 9', 'up 10'],
  ['', 'down 3, down 4', 'down 4'],
  ['', 'up 5, down 1', 'up 5'],
  ['', 'down 2, none', 'none'],
  ['', 'g: down 2, g: none, none', 'none'],
  ['', 'g: down 2, h: down 3', 'down 3'],
  ['', 'g: down 2, h: none, h: none', 'none'],
  ['', 'g: up 5, g: down 1, h: none', 'up 5'],
];
for (const [row, said, winner] of cases) {
  test(`${row === '' ? '' : `policy ${row}: `}the votes "${said}" make "${winner}"`, () => {
    assert.equal(text(combine(votes(said))), winner);
  });
}

test('policy #P140: when a whole group says none, its first check speaks for it', () => {
  const first = none('first');
  assert.equal(
    combine([
      { group: 'g', action: first },
      { group: 'g', action: none('second') },
    ]),
    first,
  );
});

test('policy #P143: without votes nobody wins', () => {
  assert.equal(combine([]), undefined);
});

const anyVotes = fc.array(
  fc.record({
    group: fc.constantFrom('', 'g', 'h'),
    action: fc.record({
      direction: fc.constantFrom('up' as const, 'down' as const, 'none' as const),
      count: fc.nat(9),
      reason: fc.constant(''),
      meta: fc.constant({}),
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('the order of the checks does not matter', async () => {
  await seeded(
    fc.property(
      anyVotes.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
      ([given, shuffled]) => assert.equal(text(combine(shuffled)), text(combine(given))),
    ),
  );
});

test('the winner never leaves less than any check that wants more', async () => {
  await seeded(
    fc.property(anyVotes, (given) => {
      const winner = combine(given);
      const highest = Math.max(...given.map((vote) => (vote.action.direction === 'up' ? vote.action.count : -1)));
      if (highest >= 0) assert.equal(text(winner), `up ${highest}`);
      else assert.notEqual(winner?.direction, 'up');
      if (given.some((vote) => vote.group === '' && vote.action.direction === 'none')) {
        assert.notEqual(winner?.direction, 'down');
      }
    }),
  );
});
