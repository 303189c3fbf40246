import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '../../../src/goplugin/status.ts';
import type { StringMap } from '../../../src/model/policy.ts';
import type { TargetStatus } from '../../../src/model/target.ts';
import { never } from '../../support/goplugin.ts';
import { counting, statusStream } from '../../support/status-stream.ts';

type Count = number | 'absent' | 'fails' | 'late';

/** A target that answers from memory and tells of each change. Its plugin may stand still: then nothing reaches it. */
function remembering(counts: Record<string, Count>) {
  const watches = new Map<string, Set<() => void>>();
  const asked: string[] = [];
  const stopped: (() => void)[] = [];
  let isStopped = false;
  const name = (config: StringMap) => config['name'] ?? '';
  const stream = statusStream(
    {
      status(config) {
        asked.push(name(config));
        const count = counts[name(config)];
        if (count === 'fails') throw new Error('no answer');
        if (count === 'late') return Promise.resolve(counting(0));
        return typeof count === 'number' ? counting(count) : undefined;
      },
      holds(config, onEnd) {
        const ends = watches.get(name(config)) ?? new Set();
        watches.set(name(config), ends.add(onEnd));
        return () => ends.delete(onEnd);
      },
    },
    (to, deliver) => {
      if (to === 'plugin' && isStopped) stopped.push(deliver);
      else deliver();
    },
  );
  const configs = Object.fromEntries(Object.keys(counts).map((key) => [key, { name: key }]));
  const ask = (key: string, signal = never) =>
    stream.ask(configs[key] ?? {}, signal) as Promise<TargetStatus | undefined>;
  return {
    ...stream,
    stream,
    asked,
    ask,
    config: (key: string) => configs[key] ?? {},
    /** Asks for each at once. @returns the counts. */
    async round(...keys: readonly string[]) {
      const answers = Promise.allSettled(keys.map((key) => ask(key)));
      await stream.clock.advance(1);
      await stream.clock.advance(1); // for what has ended meanwhile
      return (await answers).map((one) => (one.status === 'fulfilled' ? one.value?.count : 'failed'));
    },
    change(key: string, count: Count) {
      counts[key] = count;
      const ends = [...(watches.get(key) ?? [])];
      watches.delete(key);
      for (const end of ends) end();
    },
    watched: () => [...watches.values()].reduce((sum, ends) => sum + ends.size, 0),
    stop: () => {
      isStopped = true;
    },
    goOn() {
      isStopped = false;
      for (const deliver of stopped.splice(0)) deliver();
    },
  };
}

test('of statuses that hold only that is asked, in one number for all of them', async () => {
  const { round, asked, sent, received, clock } = remembering({ a: 1, b: 2, c: 3 });
  assert.deepEqual(await round('a', 'b', 'c'), [1, 2, 3]);
  assert.deepEqual(await round('a', 'b', 'c'), [1, 2, 3]);
  await clock.advance(1000);
  assert.deepEqual(await round('a', 'c'), [1, 3]);
  assert.deepEqual(asked, ['a', 'b', 'c']);
  const nothing = { targets: [], first: 3, about: [], takenBack: [], forgotten: [] };
  assert.deepEqual(sent.slice(1), [
    { ...nothing, confirm: 1 },
    { ...nothing, confirm: 2 },
  ]);
  const silent = { answers: [], unchanged: [], holds: [], ended: [] };
  assert.deepEqual(received.slice(1), [
    { ...silent, confirmed: 1 },
    { ...silent, confirmed: 2 },
  ]);
});

test('what was confirmed within the last second is answered at once, and confirmed anew before that is over', async () => {
  const { round, stream, config, sent, clock } = remembering({ a: 1, b: 2 });
  const ask = (key: string) => {
    const answer = stream.ask(config(key), never);
    return answer instanceof Promise ? 'later' : answer?.count;
  };
  await round('a', 'b');
  assert.equal(ask('a'), 'later', 'nothing was confirmed yet');
  await clock.advance(1);
  assert.deepEqual([ask('a'), ask('b')], [1, 2]);
  await clock.advance(699);
  assert.deepEqual([ask('a'), sent.at(-1)?.confirm], [1, 1]);
  await clock.advance(1);
  assert.equal(sent.at(-1)?.confirm, 2);
  await clock.advance(600);
  assert.equal(ask('b'), 2);
  stream.asker.doubt(config('a'));
  assert.equal(ask('b'), 'later', 'something was done to the plugin');
  await clock.advance(1);
  assert.equal(ask('b'), 2);
  await clock.advance(1001);
  assert.equal(ask('b'), 'later', 'nobody asked for a second');
});

test('a status that has ended is asked for, and may hold again', async () => {
  const { round, asked, change, clock } = remembering({ a: 1, b: 2 });
  await round('a', 'b');
  change('a', 5);
  await clock.advance(1); // until that is told
  assert.deepEqual(await round('a', 'b'), [5, 2]);
  assert.deepEqual(await round('a', 'b'), [5, 2]);
  change('a', 6);
  await clock.advance(1);
  assert.deepEqual(await round('a'), [6]);
  assert.deepEqual(asked, ['a', 'b', 'a', 'a']);
});

test('what ends while the question is on its way is not answered from memory any more', async () => {
  const { round, ask, clock, change, stop, goOn } = remembering({ a: 1 });
  await round('a');
  stop();
  const answer = ask('a');
  await clock.advance(1);
  change('a', 7);
  goOn();
  await clock.advance(1);
  assert.equal((await answer)?.count, 7);
});

test('a plugin that stands still answers nothing, whatever it said before: the own deadline ends the waiting', async () => {
  const { round, ask, clock, stop, goOn } = remembering({ a: 1 });
  await round('a');
  stop();
  let isSettled = false;
  const deadline = new AbortController();
  const reason = new Error('too late');
  const first = ask('a', deadline.signal).finally(() => {
    isSettled = true;
  });
  await clock.advance(60_000);
  assert.equal(isSettled, false);
  deadline.abort(reason);
  await assert.rejects(first, reason);
  const second = ask('a');
  goOn();
  await clock.advance(1);
  assert.equal((await second)?.count, 1);
});

test('with the stream all holds end on both sides: who waits is asked for alone, and the next question is a whole one', async () => {
  const { round, ask, clock, streams, alone, asked, watched, stop, goOn, sent } = remembering({ a: 1, b: 2 });
  await round('a', 'b');
  assert.equal(watched(), 2);
  stop();
  const sentAlready = ask('a');
  await clock.advance(1);
  const notSentYet = ask('b');
  const givenUp = AbortSignal.abort(new Error('enough'));
  await assert.rejects(ask('a', givenUp), new Error('enough'));
  streams[0]?.end(status.unavailable);
  assert.deepEqual([(await sentAlready)?.count, (await notSentYet)?.count], [-1, -1]);
  assert.deepEqual(
    alone.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(watched(), 0);
  goOn();
  assert.deepEqual(await round('a', 'b'), [1, 2]);
  assert.deepEqual(asked, ['a', 'b', 'a', 'b']);
  assert.deepEqual(sent.at(-1)?.confirm, 0);
});

test('errors, targets that do not exist and what was not known at once never hold', async () => {
  const { round, asked, change, watched } = remembering({ a: 'fails', b: 'absent', c: 'late' });
  for (let time = 0; time < 3; time++) assert.deepEqual(await round('a', 'b', 'c'), ['failed', undefined, 0]);
  assert.deepEqual(asked, ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  assert.equal(watched(), 0);
  change('a', 1);
  await round('a');
  change('a', 'fails');
  assert.deepEqual(await round('a'), ['failed']);
});

test('a target that was written to is asked for itself, even if its plugin does not say that anything has ended', async () => {
  const counts: Record<string, Count> = { a: 1, b: 2 };
  const { round, asked, asker, config } = remembering(counts);
  await round('a', 'b');
  counts['a'] = 3; // without a word
  asker.doubt(config('a'));
  assert.deepEqual(await round('a', 'b'), [3, 2]);
  assert.deepEqual(asked, ['a', 'b', 'a']);
  assert.deepEqual(await round('a', 'b'), [3, 2]);
  assert.equal(asked.length, 3);
});

test('an answer that comes late ends what was held meanwhile', async () => {
  const late = Promise.withResolvers<TargetStatus>();
  let isFirst = true;
  const own = new AbortController();
  const config = {};
  const { ask, clock } = statusStream({
    status: () => {
      if (!isFirst) return counting(2);
      isFirst = false;
      return late.promise;
    },
    holds: () => () => undefined,
  });
  const first = ask(config, own.signal) as Promise<TargetStatus>;
  await clock.advance(1);
  const second = ask(config, never);
  await clock.advance(1);
  assert.equal((await second)?.count, 2);
  late.resolve(counting(1));
  assert.equal((await first).count, 1);
  const third = ask(config, never);
  await clock.advance(1);
  assert.equal((await third)?.count, 2);
});

test('a plugin that never says that a status holds is asked for each', async () => {
  let asked = 0;
  const { ask, clock, sent } = statusStream({ status: () => counting(++asked) });
  const config = {};
  for (const expected of [1, 2, 3]) {
    const answer = ask(config, never);
    await clock.advance(1);
    assert.equal((await answer)?.count, expected);
  }
  assert.ok(sent.every(({ confirm }) => confirm === 0));
});

test('a host that goes on with a question for each, as one that knows nothing of holds, is answered each time', async () => {
  const { round, asked, asker, config, received } = remembering({ a: 1 });
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(await round('a'), [1]);
    asker.doubt(config('a'));
  }
  assert.deepEqual(asked, ['a', 'a', 'a']);
  assert.deepEqual(
    received.map(({ unchanged, holds }) => [unchanged.length, holds.length]),
    [
      [0, 1],
      [1, 1],
      [1, 1],
    ],
  );
});

test('a target that nobody asks about any more is not watched any more; one that is asked about stays', async () => {
  const { round, clock, watched, asked } = remembering({ a: 1, b: 2 });
  await round('a', 'b');
  for (let time = 0; time < 2; time++) {
    await clock.advance(600_000);
    await round('a');
  }
  assert.equal(watched(), 1);
  assert.deepEqual(asked, ['a', 'b']);
  assert.deepEqual(await round('a', 'b'), [1, 2]);
});

test('a watch that ends while it begins does not hold', async () => {
  let count = 0;
  const config = {};
  const { ask, clock } = statusStream({
    status: () => counting(++count),
    holds: (_, onEnd) => {
      onEnd();
      return () => undefined;
    },
  });
  for (const expected of [1, 2, 3]) {
    const answer = ask(config, never);
    await clock.advance(1);
    assert.equal((await answer)?.count, expected);
  }
});
