import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RpcError, status } from '../../../src/goplugin/status.ts';
import type { TargetSession } from '../../../src/model/plugin.ts';
import type { StringMap } from '../../../src/model/policy.ts';
import type { TargetStatus } from '../../../src/model/target.ts';
import { never } from '../../support/goplugin.ts';
import { counting, statusStream } from '../../support/status-stream.ts';

const connected = (answer: TargetSession['status']) => statusStream({ status: answer });

const idle = { targets: [], about: [], takenBack: [], forgotten: [], confirm: 0 };

test('what is asked at the same moment travels in one message, and so do the answers', async () => {
  const { ask, clock, sent, received, alone } = connected((config) => counting(Number(config['n'])));
  const asked = [1, 2, 3].map((n) => ask({ n: String(n) }, never));
  await clock.advance(1);
  assert.deepEqual(await Promise.all(asked), [counting(1), counting(2), counting(3)]);
  assert.equal(sent.length, 1);
  assert.equal(received.length, 1);
  assert.deepEqual(alone, []);
});

test('the settings of a target travel once; every question is asked of the plugin anew', async () => {
  let count = 0;
  const { ask, clock, sent } = connected(() => counting(count++));
  const config = { Job: 'web' };
  for (const expected of [0, 1]) {
    const asked = ask(config, never);
    await clock.advance(1);
    assert.equal((await asked)?.count, expected);
  }
  assert.deepEqual(sent, [
    { ...idle, targets: [{ id: 0, config }], first: 0, about: [0] },
    { ...idle, first: 1, about: [0] },
  ]);
});

test('a status that is as it was does not travel again, and one that changed does, whoever owns the object', async () => {
  const own = { ready: true, count: 1, meta: { a: 'b' } as Record<string, string> };
  const { ask, clock, received } = connected(() => own);
  const config = {};
  const round = async () => {
    const asked = ask(config, never);
    await clock.advance(1);
    return asked;
  };
  const seen = [await round(), await round()];
  own.count = 2;
  seen.push(await round());
  own.meta['c'] = 'd';
  seen.push(await round(), await round());
  delete own.meta['a'];
  seen.push(await round());
  assert.deepEqual(
    seen.map((one) => [one?.count, Object.keys(one?.meta ?? {}).join()]),
    [
      [1, 'a'],
      [1, 'a'],
      [2, 'a'],
      [2, 'a,c'],
      [2, 'a,c'],
      [2, 'c'],
    ],
  );
  assert.deepEqual(
    received.map(({ unchanged }) => unchanged),
    [[], [1], [], [], [4], []],
  );
});

test('what came for a question that was taken back counts for the next', async () => {
  const answers: PromiseWithResolvers<TargetStatus>[] = [];
  const { ask, clock, received } = connected(() => {
    const answer = Promise.withResolvers<TargetStatus>();
    answers.push(answer);
    return answer.promise;
  });
  const config = {};
  const stop = new AbortController();
  const first = Promise.resolve(ask(config, stop.signal)).catch(() => 'given up');
  await clock.advance(1);
  stop.abort();
  answers[0]?.resolve(counting(3));
  await clock.advance(1);
  assert.equal(await first, 'given up');
  const second = ask(config, never);
  await clock.advance(1);
  answers[1]?.resolve(counting(3));
  assert.deepEqual(await second, counting(3));
  assert.deepEqual(received.at(-1)?.unchanged, [1]);
});

test('each question has an answer of its own: a status, no target, an error at once or late, with code and text', async () => {
  const { ask, clock } = connected((config) => {
    if (config['as'] === 'throws') throw new Error('outer', { cause: new Error('inner') });
    if (config['as'] === 'rejects') return Promise.reject(new RpcError(status.permissionDenied, 'no'));
    if (config['as'] === 'impossible') return counting(0.5);
    return config['as'] === 'absent' ? undefined : counting(7);
  });
  const asked = ['throws', 'rejects', 'absent', 'impossible', 'works'].map((as) => ask({ as }, never));
  const settled = Promise.allSettled(asked);
  await clock.advance(1);
  const texts = (await settled).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason.message)));
  assert.deepEqual(texts, [
    'rpc error: code = Unknown desc = outer: inner',
    'rpc error: code = PermissionDenied desc = no',
    undefined,
    'rpc error: code = Unknown desc = count 0.5 is no whole number within 2^53',
    counting(7),
  ]);
});

test('one slow answer keeps no other waiting', async () => {
  const slow = Promise.withResolvers<TargetStatus>();
  const { ask, clock } = connected((config) => (config['slow'] === undefined ? counting(1) : slow.promise));
  let isAnswered = false;
  const late = Promise.resolve(ask({ slow: '' }, never)).finally(() => {
    isAnswered = true;
  });
  const quick = ask({}, never);
  await clock.advance(1);
  assert.deepEqual(await quick, counting(1));
  assert.equal(isAnswered, false);
  slow.resolve(counting(2));
  assert.deepEqual(await late, counting(2));
});

test('a question is taken back alone: its caller hears the own reason at once, and the plugin sees it given up', async () => {
  const signals = new Map<string | undefined, AbortSignal>();
  const answers: PromiseWithResolvers<TargetStatus>[] = [];
  const { ask, clock, sent } = connected((config, signal) => {
    signals.set(config['n'], signal);
    const answer = Promise.withResolvers<TargetStatus>();
    answers.push(answer);
    return answer.promise;
  });
  const stop = new AbortController();
  const first = ask({ n: '1' }, stop.signal);
  const second = ask({ n: '2' }, never);
  await clock.advance(1);
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(Promise.resolve(first), reason);
  await clock.advance(1);
  assert.deepEqual(sent[1], { ...idle, first: 2, takenBack: [0] });
  assert.deepEqual([signals.get('1')?.aborted, signals.get('2')?.aborted], [true, false]);
  for (const [index, answer] of answers.entries()) answer.resolve(counting(index));
  assert.deepEqual(await second, counting(1));
  await assert.rejects(Promise.resolve(ask({}, AbortSignal.abort(reason))), reason);
});

test('a plugin without the service is found out once and asked alone for ever', async () => {
  const { ask, clock, alone, streams, refuse } = connected(() => counting(1));
  refuse();
  const first = ask({ n: '1' }, never);
  await clock.advance(1);
  assert.equal((await first)?.count, -1);
  assert.equal((await ask({ n: '2' }, never))?.count, -1);
  await clock.advance(1);
  assert.deepEqual(alone, [{ n: '1' }, { n: '2' }]);
  assert.equal(streams.length, 1);
});

test('when the stream breaks, whoever waits is asked for alone, and the next question opens another stream', async () => {
  const signals: AbortSignal[] = [];
  const hangs = { hangs: '' };
  const { ask, clock, alone, streams, sent } = connected((config, signal) => {
    signals.push(signal);
    return config === undefined || 'hangs' in config ? new Promise(() => undefined) : counting(1);
  });
  const sentBefore = ask(hangs, never);
  await clock.advance(1);
  const notSentYet = ask({ n: '1' }, never);
  streams[0]?.end(status.unavailable);
  assert.deepEqual([(await sentBefore)?.count, (await notSentYet)?.count], [-1, -1]);
  assert.deepEqual(alone, [hangs, { n: '1' }]);
  assert.equal(signals[0]?.aborted, true);

  const next = ask(hangs, never);
  const other = ask({ n: '2' }, never);
  await clock.advance(1);
  assert.deepEqual(await other, counting(1));
  assert.equal(streams.length, 2);
  assert.deepEqual(sent[1]?.targets.length, 2); // told anew
  streams[1]?.end(status.ok);
  assert.equal((await next)?.count, -1);
});

test('a target that is not asked about any more is forgotten within twenty minutes, and may come back', async () => {
  const { ask, clock, sent } = connected((config) => counting(Number(config['n'])));
  const [one, two] = [{ n: '1' }, { n: '2' }];
  const round = async (...configs: readonly StringMap[]) => {
    const asked = configs.map((config) => ask(config, never));
    await clock.advance(1);
    await Promise.all(asked);
    return sent.at(-1);
  };
  await round(one, two);
  await clock.advance(600_000);
  assert.deepEqual((await round(one))?.forgotten, []);
  await clock.advance(600_000);
  assert.deepEqual((await round(one))?.forgotten, [1]);
  assert.deepEqual((await round(two))?.targets, [{ id: 2, config: two }]);
});
