/** Whatever happens in whatever order: the host never hears what the target itself would not have said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { status } from '../../../src/goplugin/status.ts';
import type { StringMap } from '../../../src/model/policy.ts';
import { seeded } from '../../support/seed.ts';
import { counting, statusStream } from '../../support/status-stream.ts';

const names = ['a', 'b', 'c'] as const;
const target = fc.constantFrom(...names);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('ask' as const), name: target }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), name: target, fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scale' as const), name: target }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('tick' as const, 'to plugin' as const, 'to host' as const) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('answer late' as const, 'flow' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('give up' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(300, 700, 1000) }) },
);

/** How a target is: answers at once or late, and whether it says so when its status holds. */
const nature = fc.record({
  isLate: fc.nat(4).map((one) => one === 0),
  holds: fc.nat(4).map((one) => one > 0),
});

/** So long a confirmation counts. */
const countsForMs = 1000;

interface Asked {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

test('an answer is what the target would have said since the question, or not long before and not ended as far as was told', async () => {
  const courses = fc.tuple(
    fc.array(nature, { minLength: 20, maxLength: 20 }),
    fc.array(step, { minLength: 50, maxLength: 150, size: 'max' }),
  );
  let heldAnswers = 0;
  await seeded(
    fc.asyncProperty(courses, async ([natures, steps]) => {
      heldAnswers += await follow(natures, steps);
    }),
    300,
  );
  assert.ok(heldAnswers > 100, `${heldAnswers} confirmations: too few to prove anything`);
});

/** @returns how often something that was held was confirmed. */
async function follow(
  natures: readonly { readonly isLate: boolean; readonly holds: boolean }[],
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<number> {
  /** What each target said in the course of time; the last is what it says now. Every one is another. */
  const said = new Map<string, (number | 'failure')[]>(names.map((name, at) => [name, [at]]));
  /** When each of those began. */
  const since = new Map<string, number[]>(names.map((name) => [name, [Number.NEGATIVE_INFINITY]]));
  /** By target the first of those that may be heard: an end of all before it was told, or a write cast doubt on them. */
  const floors = new Map<string, number>();
  const present = () => names.map((name) => [name, of(said, name).length - 1] as const);
  const ends = new Map<string, Set<() => void>>(names.map((name) => [name, new Set()]));
  const configs = new Map<string, StringMap>(names.map((name) => [name, { name }]));
  const queues = { host: [] as (() => void)[], plugin: [] as (() => void)[] };
  const late: (() => void)[] = [];
  const open: Asked[] = [];
  let next = 10;
  let questions = 0;

  const of = <T>(map: ReadonlyMap<string, T>, name: string | undefined): T => {
    const found = map.get(name ?? '');
    assert.ok(found !== undefined);
    return found;
  };
  const now = (name: string | undefined) => {
    const value = of(said, name).at(-1);
    if (value === 'failure') throw new Error('failure');
    return counting(value ?? -1);
  };
  const change = (name: string, value: number | 'failure') => {
    of(said, name).push(value);
    of(since, name).push(stream.clock.elapsed());
    const watches = of(ends, name);
    const told = [...watches];
    watches.clear();
    for (const end of told) end();
  };
  const stream = statusStream(
    {
      status({ name }) {
        if (!natures[questions++ % natures.length]?.isLate) return now(name);
        const seen = of(said, name).at(-1);
        return new Promise((resolve, reject) => {
          late.push(() => (seen === 'failure' ? reject(new Error('failure')) : resolve(counting(seen ?? -1))));
        });
      },
      holds({ name }, onEnd) {
        if (!natures[questions % natures.length]?.holds) return undefined;
        const watches = of(ends, name);
        watches.add(onEnd);
        return () => watches.delete(onEnd);
      },
    },
    (to, deliver) => queues[to].push(deliver),
    async ({ name }) => now(name),
  );

  const ask = (name: string): Asked => {
    const stop = new AbortController();
    const rememberedFrom = stream.clock.elapsed() - countsForMs;
    const from = Math.max(
      floors.get(name) ?? 0,
      of(since, name).findLastIndex((at) => at <= rememberedFrom),
    );
    const check = (answer: number | 'failure' | undefined) => {
      const possible = of(said, name).slice(from);
      assert.ok(
        possible.some((one) => one === answer),
        `${name} said ${possible.join()}, heard was ${answer}`,
      );
    };
    const done = Promise.resolve(stream.ask(of(configs, name), stop.signal)).then(
      (answer) => check(answer?.count),
      () => stop.signal.aborted || check('failure'),
    );
    return { stop, done: done.then(() => undefined) };
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  const flow = async () => {
    const before = present();
    await stream.clock.advance(1);
    for (const queue of [queues.plugin, queues.host]) {
      for (const deliver of queue.splice(0)) deliver();
      await settle();
    }
    for (const [name, at] of before) floors.set(name, at);
  };

  for (const one of steps) {
    if (one.kind === 'ask') open.push(ask(one.name));
    else if (one.kind === 'change') change(one.name, one.fails ? 'failure' : next++);
    else if (one.kind === 'scale') {
      change(one.name, next++); // in the plugin, before its answer
      stream.asker.doubt(of(configs, one.name));
      for (const [name, at] of present()) floors.set(name, at);
    } else if (one.kind === 'tick') await stream.clock.advance(1);
    else if (one.kind === 'to plugin') queues.plugin.shift()?.();
    else if (one.kind === 'to host') queues.host.shift()?.();
    else if (one.kind === 'answer late') late.shift()?.();
    else if (one.kind === 'flow') await flow();
    else if (one.kind === 'give up') open[one.which]?.stop.abort();
    else if (one.kind === 'wait') await stream.clock.advance(one.ms);
    else if (one.kind === 'break') {
      queues.host.length = 0;
      queues.plugin.length = 0;
      stream.streams.at(-1)?.end(status.unavailable);
    }
    await settle();
  }
  for (let time = 0; time < 10; time++) {
    await flow();
    for (const run of late.splice(0)) run();
  }
  await Promise.all(open.map(({ done }) => done));
  return stream.received.filter(({ confirmed }) => confirmed > 0).length;
}
