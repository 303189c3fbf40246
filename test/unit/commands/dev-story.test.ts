import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Details, Round, Summary } from '../../../src/commands/dev-rounds.ts';
import { nothingSeen } from '../../../src/commands/dev-sight.ts';
import { tellStory } from '../../../src/commands/dev-story.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';

const agent = 'http://agent';
const places = { agent, nomad: 'http://nomad', openStack: 'http://cloud', token: 'abc', policyDir: '/policies' };

const checks = [{ name: 'cpu', strategy: { config: { target: '70' } } }];

/** A story on a clock of its own, about an agent that answers what is set. */
function startStory(t: TestContext) {
  const clock = virtualClock(Date.UTC(2026, 10, 25, 9, 44));
  const { terminal, stdout } = keptTerminal();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const policies = new Map<string, { summary: Summary; rounds: Round[] }>();
  const state = { sight: nothingSeen, isServing: true, askedForClients: 0 };
  const answers = (path: string): unknown => {
    if (path === '/v1/ready') return {};
    const all = [...policies.values()];
    if (path === '/v1/policies') {
      return all.map(({ summary, rounds }) => {
        const last = rounds.at(-1);
        return last === undefined ? summary : ({ ...summary, last_tick: last } satisfies Summary);
      });
    }
    const one = policies.get(path.slice('/v1/policies/'.length));
    return one && ({ checks, ticks: one.rounds.toReversed() } satisfies Details);
  };
  const done = tellStory(
    places,
    {
      ...{ clock, terminal, look: () => state.sight },
      getJson: async (url) => (state.isServing ? answers(url.slice(agent.length)) : undefined),
      onNoPool: () => state.askedForClients++,
    },
    stop.signal,
  );
  let told = 0;
  return {
    state,
    policy(name: string, type: string, change: Partial<Summary> = {}) {
      const rounds = policies.get(name)?.rounds ?? [];
      policies.set(name, { summary: { id: name, name, type, min: 1, max: 2, ...change }, rounds });
    },
    round(name: string, second: number, change: Partial<Round>) {
      const at = new Date(clock.now() - 60_000 + second * 1000).toISOString();
      const hold = { at, took_ms: 1, result: 'hold', why: 'staying', from: 1, to: 1, checks: [] };
      policies.get(name)?.rounds.push({ ...hold, ...change });
    },
    /** Lines since it was asked before, without times. */
    async lines() {
      await clock.advance(300);
      const text = stdout().slice(told);
      told += text.length;
      return text.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
    },
    async end() {
      stop.abort();
      await done;
    },
  };
}

const up = { result: 'scaled', from: 1, to: 2, decision: { reason: 'more load' } };
const down = { result: 'scaled', from: 2, to: 1, decision: { reason: 'less load' } };

test('each policy is told in what it scales; a round like the one before is told once', async (t) => {
  const story = startStory(t);
  story.policy('web', 'horizontal');
  story.policy('pool', 'cluster');
  story.round('web', 1, {});
  const first = await story.lines();
  assert.ok(first.includes('web         this policy wants 1 to 2 instances; check cpu: target 70'), first.join('\n'));
  assert.ok(first.includes('pool        this policy wants 1 to 2 servers; check cpu: target 70'));
  assert.ok(first.includes('web         1 instance: staying'));
  story.round('web', 2, {});
  story.round('pool', 2, up);
  assert.deepEqual(await story.lines(), ['pool      ▲ 1 -> 2 servers: more load', '']);
  story.round('web', 3, { why: 'policy still on cooldown' });
  assert.deepEqual(await story.lines(), ['web         1 instance: policy still on cooldown', '']);
  await story.end();
});

test('a scaling that ends after rounds that began later is told all the same, and once', async (t) => {
  const story = startStory(t);
  story.policy('pool', 'cluster');
  await story.lines();
  story.round('pool', 5, { result: 'skipped', why: 'target is not ready', from: 2 });
  assert.deepEqual(await story.lines(), ['pool        2 servers: skipped: target is not ready', '']);
  story.round('pool', 3, { ...up, took_ms: 3000 });
  assert.deepEqual(await story.lines(), ['pool      ▲ 1 -> 2 servers, done in 3 s: more load', '']);
  story.round('pool', 7, {});
  assert.deepEqual(await story.lines(), ['pool        1 server: staying', '']);
});

test('an edit is told when it is in force', async (t) => {
  const story = startStory(t);
  story.policy('pool', 'cluster');
  story.round('pool', 1, {});
  await story.lines();
  story.policy('pool', 'cluster', { max: 7 });
  story.round('pool', 2, {});
  assert.deepEqual(await story.lines(), [
    'pool        your edit is in force: 1 to 7 servers; check cpu: target 70',
    '',
  ]);
});

test('what to try next is told once, when the pool has grown and shrunk', async (t) => {
  const story = startStory(t);
  story.policy('web', 'horizontal');
  story.policy('pool', 'cluster');
  await story.lines();
  const isNextTold = async () => (await story.lines()).some((line) => line.includes('/v1/nodes'));
  story.round('web', 1, up);
  story.round('web', 2, down);
  story.round('pool', 3, up);
  assert.equal(await isNextTold(), false);
  story.round('pool', 4, down);
  assert.equal(await isNextTold(), true);
  story.round('pool', 5, up);
  story.round('pool', 6, down);
  assert.equal(await isNextTold(), false);
});

test('without a policy for servers Nomad gets clients, and the job alone makes the story', async (t) => {
  const story = startStory(t);
  story.policy('web', 'horizontal');
  const first = await story.lines();
  assert.ok(first.some((line) => line.includes('three Nomad clients come by themselves')));
  story.round('web', 1, up);
  story.round('web', 2, down);
  assert.ok((await story.lines()).some((line) => line.includes('/v1/nodes')));
  assert.equal(story.state.askedForClients, 1);
});

test('a policy for servers needs no clients', async (t) => {
  const story = startStory(t);
  story.policy('pool', 'cluster');
  await story.lines();
  assert.equal(story.state.askedForClients, 0);
});

test('nothing is asked for while the agent starts; when it stops, that is told once', async (t) => {
  const story = startStory(t);
  story.state.isServing = false;
  const first = await story.lines();
  assert.ok(first.includes('Three things run here, in memory only:'));
  assert.equal(story.state.askedForClients, 0);
  story.state.isServing = true;
  story.policy('pool', 'cluster');
  await story.lines();
  story.state.isServing = false;
  const ending = 'The agent ends as soon as what it has begun is done. Another Ctrl-C ends it at once.';
  assert.deepEqual(await story.lines(), [ending, '']);
  assert.deepEqual(await story.lines(), ['']);
  await story.end();
});

test('what changes beside the policies is told with the next look', async (t) => {
  const story = startStory(t);
  await story.lines();
  story.state.sight = { ...nothingSeen, servers: new Map([['nom-1', 'BUILD']]) };
  assert.deepEqual(await story.lines(), ['          server nom-1 is created in OpenStack and boots', '']);
  assert.deepEqual(await story.lines(), ['']);
});
