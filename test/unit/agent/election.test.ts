import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { checkLock, takePart } from '../../../src/agent/election.ts';
import { sleep } from '../../../src/lib/clock.ts';
import { explain } from '../../../src/lib/error.ts';
import { noLog } from '../../../src/lib/log.ts';
import { nomadClient } from '../../../src/nomad/client.ts';
import { throughFetch } from '../../../src/nomad/through-fetch.ts';
import type { HttpAnswer, Transport } from '../../../src/nomad/transport.ts';
import { type TestNomad, testNomad } from '../../support/nomad-server.ts';

const lock = { namespace: 'default', path: 'nomad-autoscaler/lock', ttlMs: 60_000, delayMs: 30_000 };

/** One agent that takes part: what it did, and how what it asks of Nomad can be spoilt. */
function participant(t: TestContext, nomad: TestNomad) {
  const end = new AbortController();
  const did: string[] = [];
  const asked: string[] = [];
  const one = {
    did,
    asked,
    /** Instead of Nomad's answer. */
    spoil: undefined as undefined | (() => HttpAnswer | Error),
    /** How long Nomad's answers are on their way. */
    slowMs: 0,
    /** Why its work cannot begin. */
    broken: undefined as undefined | Error,
    role: '',
    trouble: undefined as string | undefined,
    stop: () => end.abort(),
    ended: Promise.resolve() as Promise<unknown>,
  };
  const real = throughFetch(nomad.server.fetch, 'http://nomad.test:4646');
  const transport: Transport = async (request, signal) => {
    asked.push(/lock-\w+/.exec(request.path)?.[0] ?? request.path);
    const spoilt = one.spoil?.();
    if (spoilt instanceof Error) throw spoilt;
    const given = spoilt ?? (await real(request, signal));
    if (one.slowMs > 0) await sleep(nomad.clock, one.slowMs, signal);
    return given;
  };
  const leading = {
    async start() {
      if (one.broken !== undefined) throw one.broken;
      did.push('started');
    },
    async stop() {
      did.push('stopped');
    },
  };
  const client = nomadClient({ address: 'http://nomad.test:4646', tls: {}, waitMs: 300_000 }, transport);
  const onRole = (role: string) => {
    one.role = role;
  };
  const onTrouble = (problem: string | undefined) => {
    one.trouble = problem;
  };
  const options = { client, lock, clock: nomad.clock, random: () => 0.5, log: noLog, onRole, onTrouble };
  one.ended = takePart(leading, options, end.signal).then(
    () => 'stopped',
    (error: unknown) => explain(error),
  );
  t.after(one.stop);
  return one;
}

const answer = (status: number, body = ''): HttpAnswer => ({ status, body, headers: {} });

test('agent #A69: who gets the lock leads, and renews it before it runs out', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  await nomad.clock.advance(99);
  assert.deepEqual([one.asked, one.did, one.role], [['lock-acquire'], ['started'], 'leader']);
  const { json } = await nomad.get('/v1/var/nomad-autoscaler/lock');
  assert.deepEqual([json.Lock.TTL, json.Lock.LockDelay], ['1m0s', '30s']);
  await nomad.clock.advance(41_900);
  assert.equal(one.asked.length, 1);
  await nomad.clock.advance(600_000);
  assert.deepEqual(one.did, ['started']);
  assert.equal(one.asked.filter((what) => what === 'lock-renew').length, 15);
});

test('agent #A70: who does not get it stands by and asks again after 1.1 of its time', async (t) => {
  const nomad = testNomad();
  const first = participant(t, nomad);
  await nomad.clock.advance(100);
  const second = participant(t, nomad);
  await nomad.clock.advance(100);
  assert.deepEqual([second.asked, second.did, second.role], [['lock-acquire'], [], 'standby']);
  await nomad.clock.advance(65_000);
  assert.equal(second.asked.length, 1);
  await nomad.clock.advance(2_000);
  assert.deepEqual([second.asked.length, second.did], [2, []]);
  first.stop();
  await nomad.clock.advance(66_000);
  assert.deepEqual([first.did, second.did], [['started', 'stopped'], ['started']]);
});

test('agent #A71: a stop ends the work, then releases the lock for the next', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  await nomad.clock.advance(100);
  one.stop();
  assert.equal(await one.ended, 'stopped');
  assert.deepEqual(
    [one.asked, one.did],
    [
      ['lock-acquire', 'lock-release'],
      ['started', 'stopped'],
    ],
  );
  assert.equal((await nomad.get('/v1/var/nomad-autoscaler/lock')).json.Lock, undefined);
});

test('agent #A72: whose renewal is refused stops scaling at once, and asks for the lead again later', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  await nomad.clock.advance(100);
  one.spoil = () => answer(409, '{}');
  await nomad.clock.advance(42_100);
  assert.deepEqual([one.did, one.role], [['started', 'stopped'], 'standby']);
  one.spoil = undefined;
  await nomad.clock.advance(300_000);
  assert.deepEqual([one.did, one.role], [['started', 'stopped', 'started'], 'leader']);
});

test('a leader that cannot reach Nomad goes on while its lease is certain, and not longer', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  await nomad.clock.advance(100);
  one.spoil = () => answer(503, 'no leader');
  await nomad.clock.advance(42_000 + 10_000);
  one.spoil = undefined;
  await nomad.clock.advance(60_000);
  assert.deepEqual(one.did, ['started']);
  one.spoil = () => answer(503, 'no leader');
  await nomad.clock.advance(60_000);
  assert.deepEqual(one.did, ['started', 'stopped']);
});

test('answers that are long on their way do not put off the next renewal: the lease counts from the question', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  one.slowMs = 15_000;
  await nomad.clock.advance(600_000);
  assert.deepEqual([one.did, one.role], [['started'], 'leader']);
  // From question to question it is 42 s, however late the answers are.
  assert.equal(one.asked.filter((what) => what === 'lock-renew').length, 14);
});

test('an answer that comes when the lock may have run out again is no lead', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  one.slowMs = 61_000;
  await nomad.clock.advance(200_000);
  assert.deepEqual([one.did, one.role], [[], 'standby']);
});

test('who stands by asks again and again while Nomad does not answer', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  one.spoil = () => answer(500, 'rpc error');
  await nomad.clock.advance(100_000);
  assert.ok(one.asked.length > 5 && one.asked.length < 15, `asked ${one.asked.length} times`);
  assert.equal(one.trouble, 'Nomad did not answer for the lock: Unexpected response code: 500 (rpc error)');
  one.spoil = undefined;
  await nomad.clock.advance(16_000);
  assert.deepEqual([one.did, one.trouble], [['started'], undefined]);
});

test('a refusal of the lock, and work that cannot begin, end it in upstream’s words', async (t) => {
  const nomad = testNomad();
  const refused = participant(t, nomad);
  refused.spoil = () => answer(403, 'Permission denied');
  await nomad.clock.advance(100);
  assert.equal(await refused.ended, 'locks: Unexpected response code: 403 (Permission denied)');
  const broken = participant(t, nomad);
  broken.broken = new Error('no plugins');
  await nomad.clock.advance(100);
  assert.equal(await broken.ended, 'locks: error executing protected function no plugins');
  assert.deepEqual([broken.did, broken.asked], [['stopped'], ['lock-acquire', 'lock-release']]);
});

test('a renewal that is forbidden ends the lead with both failures', async (t) => {
  const nomad = testNomad();
  const one = participant(t, nomad);
  await nomad.clock.advance(100);
  one.spoil = () => answer(403, 'Permission denied');
  await nomad.clock.advance(42_000);
  assert.equal(
    await one.ended,
    `2 errors occurred:
\t* locks: error renewing the lease: Unexpected response code: 403 (Permission denied)
\t* lock release: Unexpected response code: 403 (Permission denied)

`,
  );
  assert.deepEqual(one.did, ['started', 'stopped']);
});

test('a lock that Nomad would never give is refused before anybody asks', () => {
  assert.throws(() => checkLock({ ...lock, path: '' }), /^AutoscalerError: variable's path can't be empty$/);
  for (const ttlMs of [9_999, 86_400_001]) {
    assert.throws(() => checkLock({ ...lock, ttlMs }), /lock_ttl must be between 10s and 24h$/);
  }
});
