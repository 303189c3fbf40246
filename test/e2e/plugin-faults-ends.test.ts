/** How an agent ends, and that no plugin outlives it nor leaves anything behind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { block, stage } from '../support/faulty-plugin-stage.ts';
import { childrenOf } from '../support/proc.ts';
import { eventually } from '../support/program.ts';

/** Longest time from the agent's end to that of its plugins. */
const withinMs = 8_000;

const descendantsOf = (pid: number): readonly number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** What has ended and only waits for its parent to look is gone. */
function isThere(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(text.slice(text.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** An agent with the bundled target and four others, of which one hangs in a call and one has a shell as its parent. */
async function running(t: TestContext, count = 1) {
  const all = await stage(t);
  all.install('good', 'none', count);
  all.install('hang', 'hang');
  all.install('shell', 'behind a shell');
  all.configure(['good', 'hang', 'shell'].map((label) => block(label)));
  const { agent, log } = all.start();
  for (const label of ['nomad-target', 'good', 'hang', 'shell']) {
    await log.line(new RegExp(`successfully launched and dispensed plugin: plugin_name=${label}$`));
  }
  const isAsked = /failed to get target status for target: hang, /;
  await log.line(isAsked);
  const { pid = 0 } = agent.process;
  const pids = descendantsOf(pid);
  assert.ok(pids.length >= 5, `${pids.length} processes`);
  assert.equal(all.sockets().filter((name) => name.startsWith('plugin')).length, 4);
  const allGone = () =>
    eventually(
      'no plugin is left, nor anything of theirs',
      async () => (pids.some(isThere) || all.sockets().length > 0 ? undefined : true),
      withinMs,
    );
  return { ...all, agent, log, pid, pids, allGone };
}

test('an agent that is killed leaves no plugin and no socket, and the next one starts', async (t) => {
  const { agent, allGone, start } = await running(t);
  agent.process.kill('SIGKILL');
  await allGone();
  const next = start();
  await next.log.line(/successfully launched and dispensed plugin: plugin_name=good$/);
});

test('a plugin that is killed leaves no socket', async (t) => {
  const { log, plugins, sockets } = await running(t);
  const before = new Set(sockets());
  const pid = (await plugins()).find(({ label }) => label === 'good')?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  await log.line(/plugin ended and will be started again: plugin_name=good /);
  await eventually('the socket of the next one only', async () => {
    const now = sockets();
    return now.length === 4 && now.filter((name) => before.has(name)).length === 3 ? true : undefined;
  });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} to the agent and all its plugins at once, as Ctrl-C is one, is an orderly end`, async (t) => {
    const { agent, log, pid, allGone } = await running(t);
    const before = log.text().length;
    const sentAt = performance.now();
    process.kill(-pid, signal);
    assert.equal(await agent.ended(), 0);
    assert.ok(performance.now() - sentAt < 5_000, `it took ${performance.now() - sentAt} ms`);
    await allGone();
    assert.doesNotMatch(log.text().slice(before), /\[ERROR\]|started again/);
  });
}

test('a second Ctrl-C during a scaling ends everything at once and says what is left', async (t) => {
  const { agent, log, pid, policies, allGone } = await running(t, 3);
  await eventually('it scales', async () => {
    const good = (await policies()).find(({ name }) => name === 'good');
    return good?.phase === 'scaling' ? true : undefined;
  });
  process.kill(-pid, 'SIGINT');
  await log.line(/caught signal: signal=interrupt/);
  const sentAt = performance.now();
  process.kill(-pid, 'SIGINT');
  assert.equal(await agent.ended(), 1);
  assert.ok(performance.now() - sentAt < 1_000, `it took ${performance.now() - sentAt} ms`);
  await log.line(/\[WARN\] {2}agent: leaving at once: still_scaling=\["good"\]/);
  await allGone();
});
