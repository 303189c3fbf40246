import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { type Logger, noLog } from '../../../src/lib/log.ts';
import { noTelemetry } from '../../../src/lib/telemetry.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { NomadClient } from '../../../src/nomad/client.ts';
import type { ScalingPolicy, ScalingPolicyStub } from '../../../src/nomad/types.ts';
import { type NomadPolicies, watchNomadJobs } from '../../../src/policy/nomad-jobs.ts';

/** A Nomad of scaling policies that a test changes by hand. */
function fakeNomad() {
  let index = 1;
  let stubs: readonly ScalingPolicyStub[] = [];
  const parked = new Set<() => void>();
  const requests: string[] = [];
  const state = { listFails: false, failingReads: new Set<string>() };
  const client = {
    async list(path: string, options: { index?: number }, signal: AbortSignal) {
      requests.push(`${path}?index=${options.index ?? ''}`);
      if (state.listFails) throw new Error('connection refused');
      if (options.index === index) {
        await new Promise<void>((resolve, reject) => {
          parked.add(resolve);
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      }
      return { value: stubs, index };
    },
    async object(path: string, options: { namespace?: string }) {
      requests.push(`${path}@${options.namespace ?? ''}`);
      const id = path.split('/').at(-1) ?? '';
      if (state.failingReads.has(id)) throw new Error('read failed');
      return { value: { ID: id }, index };
    },
  } as unknown as NomadClient;
  return {
    client,
    state,
    requests,
    /** Publishes a list under an index and wakes who waits. */
    set(newIndex: number, newStubs: readonly ScalingPolicyStub[]) {
      index = newIndex;
      stubs = newStubs;
      for (const wake of parked) wake();
      parked.clear();
    },
  };
}

const stub = (ID: string, ModifyIndex: number, change: Partial<ScalingPolicyStub> = {}): ScalingPolicyStub =>
  ({
    ID,
    Enabled: true,
    Type: 'horizontal',
    Target: { Namespace: 'default' },
    ModifyIndex,
    ...change,
  }) as ScalingPolicyStub;

function watched(namespaces: readonly string[] = []) {
  const clock = virtualClock();
  const nomad = fakeNomad();
  const told: NomadPolicies[] = [];
  const counted: string[] = [];
  const invalid = new Set<string>();
  const warned: string[] = [];
  const warnings: string[] = [];
  const log: Logger = {
    ...noLog,
    warn: (message, fields) => warned.push(String(fields?.['warning'] ?? message)),
    named: () => log,
  };
  const telemetry = { ...noTelemetry, counter: (name: string) => ({ add: () => counted.push(name) }) };
  const jobs = watchNomadJobs({
    world: { clock, random: () => 0.5, log, telemetry },
    client: nomad.client,
    namespaces,
    read: ({ ID }: ScalingPolicy) =>
      invalid.has(ID) ? { invalid: 'no checks' } : { policy: { id: ID, warnings: [...warnings] } as never as Policy },
    onChange: (found) => told.push(found),
  });
  return {
    clock,
    nomad,
    told,
    counted,
    invalid,
    warned,
    warnings,
    jobs,
    ids: () => told.at(-1)?.policies.map(({ id }) => id),
  };
}

const reads = (requests: readonly string[]) => requests.filter((line) => line.startsWith('/v1/scaling/policy/'));

test('policy #P96, #P105: a new enabled policy is read once and told', async () => {
  const { clock, nomad, ids, jobs } = watched();
  await clock.advance(0);
  assert.deepEqual(ids(), [], 'a Nomad without policies says so at once');
  nomad.set(2, [stub('a', 2)]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['a']);
  assert.deepEqual(nomad.requests, [
    '/v1/scaling/policies?index=',
    '/v1/scaling/policies?index=1',
    '/v1/scaling/policy/a@default',
    '/v1/scaling/policies?index=2',
  ]);
  jobs.close();
});

test('policy #P97, #P106: only policies whose index moved are read again', async () => {
  const { clock, nomad, ids, jobs } = watched();
  nomad.set(5, [stub('a', 4), stub('b', 5)]);
  await clock.advance(0);
  nomad.requests.length = 0;
  nomad.set(9, [stub('a', 9), stub('b', 5), stub('c', 9)]);
  await clock.advance(0);
  assert.deepEqual(reads(nomad.requests), ['/v1/scaling/policy/a@default', '/v1/scaling/policy/c@default']);
  assert.deepEqual(ids(), ['a', 'b', 'c']);
  jobs.close();
});

test('policy #P98, #P99, #P100: disabled and vanished policies are left out and forgotten', async () => {
  const { clock, nomad, ids, jobs } = watched();
  nomad.set(5, [stub('a', 4), stub('b', 5)]);
  await clock.advance(0);
  nomad.set(6, [stub('a', 6, { Enabled: false }), stub('c', 6, { Enabled: false })]);
  await clock.advance(0);
  assert.deepEqual(ids(), []);
  nomad.requests.length = 0;
  nomad.set(7, [stub('b', 5)]);
  await clock.advance(0);
  assert.deepEqual(reads(nomad.requests), ['/v1/scaling/policy/b@default'], 'a forgotten policy is read anew');
  jobs.close();
});

test('policy #P101: with several namespaces only their policies are taken, each read in its own', async () => {
  const { clock, nomad, ids, jobs } = watched(['dev', 'prod']);
  const inNamespace = (id: string, Namespace: string) => stub(id, 5, { Target: { Namespace } });
  nomad.set(5, [inNamespace('a', 'dev'), inNamespace('b', 'test'), inNamespace('c', 'prod')]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['a', 'c']);
  assert.deepEqual(reads(nomad.requests), ['/v1/scaling/policy/a@dev', '/v1/scaling/policy/c@prod']);
  jobs.close();
});

test('policy #P102: an answer whose index did not move says nothing new', async () => {
  const { clock, nomad, told, jobs } = watched();
  nomad.set(5, [stub('a', 5)]);
  await clock.advance(0);
  const before = told.length;
  nomad.set(5, [stub('a', 5)]);
  await clock.advance(0);
  assert.equal(told.length, before);
  assert.equal(nomad.requests.at(-1), '/v1/scaling/policies?index=5');
  jobs.close();
});

test('policy #P103: an index that went back is a change', async () => {
  const { clock, nomad, ids, jobs } = watched();
  nomad.set(13, [stub('a', 13)]);
  await clock.advance(0);
  nomad.set(7, [stub('b', 7)]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['b']);
  jobs.close();
});

test('policy #P104, #P119: a list that fails is counted, keeps what runs, and is asked again after 10 s without an index', async () => {
  const { clock, nomad, ids, counted, told, jobs } = watched();
  nomad.set(5, [stub('a', 5)]);
  await clock.advance(0);
  nomad.state.listFails = true;
  nomad.set(6, []);
  await clock.advance(0); // the parked list answers; the next one fails
  const before = told.length;
  assert.deepEqual(counted, ['policy.source.error_count']);
  nomad.requests.length = 0;
  await clock.advance(9_999);
  assert.deepEqual(nomad.requests, []);
  nomad.state.listFails = false;
  nomad.set(8, [stub('a', 5), stub('b', 8)]);
  await clock.advance(1);
  assert.equal(nomad.requests[0], '/v1/scaling/policies?index=');
  assert.deepEqual(ids(), ['a', 'b']);
  assert.ok(told.length > before);
  jobs.close();
});

test('policy #P112: one read that fails stops no other, and is tried again without waiting for a change', async () => {
  const { clock, nomad, ids, jobs } = watched();
  nomad.state.failingReads.add('b');
  nomad.set(5, [stub('a', 5), stub('b', 5), stub('c', 5)]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['a', 'c']);
  nomad.state.failingReads.clear();
  await clock.advance(1000);
  assert.deepEqual(ids(), ['a', 'b', 'c'].sort());
  jobs.close();
});

test('an invalid newest version leaves the old one running and says why', async () => {
  const { clock, nomad, ids, invalid, told, warned, jobs } = watched();
  nomad.set(5, [stub('a', 5)]);
  await clock.advance(0);
  invalid.add('a');
  nomad.set(6, [stub('a', 6)]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['a']);
  assert.equal(told.at(-1)?.problems.get('a'), 'no checks');
  assert.deepEqual(warned, ['latest version for policy is invalid, old one will keep running']);
  jobs.close();
});

test('warnings about a policy are logged once, when its version is read', async () => {
  const { clock, nomad, warned, warnings, jobs } = watched();
  warnings.push('overlapping');
  nomad.set(5, [stub('a', 5)]);
  await clock.advance(0);
  assert.deepEqual(warned, ['overlapping']);
  warnings.push('unknown key');
  nomad.set(6, [stub('a', 6)]);
  await clock.advance(0);
  assert.deepEqual(warned, ['overlapping', 'unknown key']);
  jobs.close();
});

test('a reload reads every policy again, since defaults may have changed; what is the same stays the same object', async () => {
  const { clock, nomad, told, warnings, jobs } = watched();
  nomad.set(5, [stub('a', 5), stub('b', 5)]);
  await clock.advance(0);
  const [before] = told.at(-1)?.policies ?? [];
  nomad.requests.length = 0;
  jobs.reload(nomad.client, []);
  await clock.advance(0);
  assert.deepEqual(reads(nomad.requests), ['/v1/scaling/policy/a@default', '/v1/scaling/policy/b@default']);
  assert.equal(told.at(-1)?.policies[0], before);
  warnings.push('another');
  jobs.reload(nomad.client, []);
  await clock.advance(0);
  assert.notEqual(told.at(-1)?.policies[0], before);
  jobs.close();
});

test('a reload lists anew at once and applies another namespace filter', async () => {
  const { clock, nomad, ids, jobs } = watched();
  nomad.set(5, [stub('a', 5), stub('b', 5, { Target: { Namespace: 'dev' } })]);
  await clock.advance(0);
  assert.deepEqual(ids(), ['a', 'b']);
  jobs.reload(nomad.client, ['dev', 'prod']);
  await clock.advance(0);
  assert.deepEqual(ids(), ['b']);
  jobs.close();
});
