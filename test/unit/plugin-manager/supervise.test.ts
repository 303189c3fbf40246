import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoscalerError, explain } from '../../../src/lib/error.ts';
import { never, strategyInput } from '../../support/plugin.ts';
import { fakeManager, fakeShelf, pluginBlock } from '../../support/plugin-fakes.ts';

/** A manager with one running target, `a`. */
async function oneTarget(config: Record<string, string> = {}) {
  const all = fakeManager(fakeShelf({ a: '1' }));
  assert.deepEqual(await all.apply(pluginBlock('target', 'a', { config })), []);
  const target = all.manager.target('a');
  return { ...all, target, clock: all.world.clock, status: () => all.manager.list()[0] };
}

/** The error of a call: whether it throws at once or is rejected. */
async function failure(call: () => unknown): Promise<AutoscalerError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof AutoscalerError, String(error));
    return error;
  }
  throw new Error('the call did not fail');
}

test('plugins #66: a plugin that ended is started and configured again, and calls fail fast meanwhile', async () => {
  const { target, processes, clock, status, world } = await oneTarget({ color: 'red' });
  processes.last.end('its process ended: signal: killed');
  await clock.advance(0);
  const error = await failure(() => target.status({}, never));
  assert.equal(error.code, 'plugin_unavailable');
  assert.equal(error.retryable, true);
  assert.equal(explain(error), 'plugin "a" (target) is not running: its process ended: signal: killed');
  assert.equal(status()?.state, 'waiting');
  assert.equal(status()?.error, 'its process ended: signal: killed');

  await clock.advance(374); // half a second, of which chance here leaves three quarters
  assert.equal(processes.started.length, 1);
  await clock.advance(1);
  assert.equal(processes.started.length, 2);
  assert.deepEqual(processes.last.configs, [{ color: 'red' }]);
  assert.equal((await target.status({}, never))?.count, 2);
  const { state, restarts, error: why, lastError, pid } = status() ?? {};
  assert.deepEqual([state, restarts, why, pid], ['running', 1, undefined, processes.last.pid]);
  assert.equal(lastError, 'its process ended: signal: killed');
  assert.ok(
    world.lines.includes(
      '[WARN]  agent.plugin_manager: plugin ended and will be started again: plugin_name=a plugin_type=target ' +
        'error="its process ended: signal: killed" pause=375ms',
    ),
  );
});

test('a plugin that keeps ending is started ever more seldom, once a minute at most, and for ever', async () => {
  const { processes, clock } = await oneTarget();
  const pauses: number[] = [];
  for (let round = 0; round < 12; round++) {
    processes.last.end('its process ended: exit status 1');
    const count = processes.started.length;
    const endedAt = clock.now();
    while (processes.started.length === count) await clock.advance(125);
    pauses.push(clock.now() - endedAt);
  }
  assert.deepEqual(pauses.slice(0, 5), [375, 750, 1500, 3000, 6000]);
  assert.deepEqual(pauses.slice(7), [45_000, 45_000, 45_000, 45_000, 45_000]);
});

test('after a minute of good service the next restart is quick again', async () => {
  const { processes, clock } = await oneTarget();
  for (let round = 0; round < 6; round++) {
    processes.last.end('its process ended: exit status 1');
    await clock.advance(59_999);
  }
  await clock.advance(60_000);
  processes.last.end('its process ended: exit status 1');
  const count = processes.started.length;
  await clock.advance(375);
  assert.equal(processes.started.length, count + 1);
});

test('a plugin that could not be started is tried again by itself, and at once by a reload', async () => {
  const { apply, processes, world, manager } = fakeManager(fakeShelf({ a: '1' }));
  const broken = new Error('cannot reach the cloud');
  processes.failNext = broken;
  assert.equal((await apply(pluginBlock('target', 'a'))).length, 1);
  processes.failNext = broken;
  await world.clock.advance(375);
  assert.match(manager.list()[0]?.error ?? '', /cannot reach the cloud/);
  assert.equal(processes.started.length, 0);
  assert.deepEqual(await apply(pluginBlock('target', 'a')), []);
  assert.equal(processes.started.length, 1);
  await world.clock.advance(600_000);
  assert.equal(processes.started.length, 1);
  assert.equal(processes.last.configs.length, 1); // the restart that was planned is no more
});

test('a process that cannot be configured again after it ended counts as failed and is ended', async () => {
  const { processes, clock, status } = await oneTarget();
  processes.behave = (call) => call === 'setConfig' && Promise.reject(new Error('login refused'));
  processes.last.end('its process ended: signal: killed');
  await clock.advance(375);
  assert.equal(processes.last.isClosed, true);
  assert.equal(status()?.error, 'failed to set config on plugin a: login refused');
  processes.behave = () => undefined;
  await clock.advance(750);
  assert.equal(status()?.state, 'running');
});

test('a call has a deadline, is cancelled by it, and counts against its plugin only', async () => {
  const { target, processes, clock, status } = await oneTarget();
  const reasons: unknown[] = [];
  processes.last.behave = (call, signal) => {
    if (call !== 'status') return undefined;
    signal.addEventListener('abort', () => reasons.push(signal.reason));
    return new Promise(() => undefined);
  };
  const failed = failure(() => target.status({ _nomad_autoscaler_grpc_timeout: '7.5s' }, never));
  await clock.advance(7_499);
  assert.equal(reasons.length, 0);
  await clock.advance(1);
  const error = await failed;
  assert.equal(error.code, 'deadline_exceeded');
  assert.equal(error.retryable, true);
  assert.equal(error.message, 'no answer from plugin "a" (target) within 7.5s');
  assert.equal(reasons.length, 1);
  assert.equal(status()?.deadlinesMissed, 1);
  await clock.advance(60_000);
  assert.equal(status()?.state, 'running'); // it still says who it is
});

test('plugins #21: a deadline that is no duration fails before anything is asked', async () => {
  const { target, processes } = await oneTarget();
  processes.last.behave = () => Promise.reject(new Error('was asked'));
  const error = await failure(() => target.status({ _nomad_autoscaler_grpc_timeout: 'abc' }, never));
  assert.equal(error.message, 'time: invalid duration "abc"');
});

test('every kind of call ends by itself: status after a minute, scale an hour after the drain', async () => {
  const { target, processes, clock, manager, apply } = await oneTarget();
  processes.behave = (call) => (call === 'info' || call === 'setConfig' ? undefined : new Promise(() => undefined));
  await apply(pluginBlock('target', 'a', { args: ['again'] }), pluginBlock('apm', 'p', { driver: 'a' }));
  const action = { direction: 'up', count: 3, reason: '', meta: {} } as const;
  const range = { from: 0, to: 0 };
  const after: Record<string, number> = {};
  const measure = (name: string, call: () => unknown) =>
    failure(call).then(({ code }) => {
      assert.equal(code, 'deadline_exceeded');
      after[name] = clock.now() - startedAt;
    });
  const startedAt = clock.now();
  const calls = [
    measure('status', () => target.status({}, never)),
    measure('scale', () => target.scale(action, {}, never)),
    measure('scale with a drain', () => target.scale(action, { node_drain_deadline: '2h' }, never)),
    measure('query', () => manager.apm('p').query('q', range, never)),
  ];
  await clock.advance(3 * 3_600_000);
  await Promise.all(calls);
  assert.deepEqual(after, {
    status: 60_000,
    query: 60_000,
    scale: 3_600_000 + 900_000,
    'scale with a drain': 3_600_000 + 7_200_000,
  });
});

test('a process that answers nothing for half a minute, not even who it is, is ended and started again', async () => {
  const { target, processes, clock, status, world } = await oneTarget();
  const hung = processes.last;
  hung.behave = () => new Promise(() => undefined);
  const failed = failure(() => target.status({ _nomad_autoscaler_grpc_timeout: '1s' }, never));
  await clock.advance(1_000);
  await failed;
  await clock.advance(29_999);
  assert.equal(hung.isClosed, false);
  await clock.advance(1);
  assert.equal(hung.isClosed, true);
  assert.ok(world.lines.some((line) => line.startsWith('[ERROR]') && line.includes('plugin does not answer any more')));
  await clock.advance(375);
  assert.equal(status()?.state, 'running');
  assert.notEqual(processes.last, hung);
});

test('a plugin with more to do than it manages is not ended: what it answers tells that it lives', async () => {
  const { target, processes, clock, status } = await oneTarget();
  const busy = processes.last;
  const answers = [() => undefined, () => Promise.reject(new Error('as you wish'))];
  for (const answer of answers) {
    busy.behave = () => new Promise(() => undefined);
    const failed = failure(() => target.status({ _nomad_autoscaler_grpc_timeout: '1s' }, never));
    await clock.advance(10_000);
    await failed;
    busy.behave = (call) => (call === 'info' ? new Promise(() => undefined) : answer());
    await Promise.resolve(target.status({}, never)).catch(() => undefined);
    await clock.advance(120_000);
  }
  assert.equal(busy.isClosed, false);
  assert.equal(status()?.restarts, 0);
});

test('a caller that gives up gets its own reason, and nothing counts against the plugin', async () => {
  const { target, processes, status, clock } = await oneTarget();
  processes.last.behave = () => new Promise(() => undefined);
  const stop = new AbortController();
  const call = target.status({}, stop.signal);
  stop.abort();
  await assert.rejects(async () => call, { name: 'AbortError' });
  assert.equal(status()?.deadlinesMissed, 0);
  assert.equal(clock.pending, 0);
});

test('what a plugin throws keeps its code, and what has none gets plugin_failed', async () => {
  const { target, processes } = await oneTarget();
  processes.last.behave = () => Promise.reject(new TypeError('oops'));
  const unknown = await failure(() => target.status({}, never));
  assert.deepEqual([unknown.code, unknown.message], ['plugin_failed', 'oops']);
  const own = new AutoscalerError('nova_request_failed', 'Nova answered 503', { blame: 'remote', retryable: true });
  processes.last.behave = () => Promise.reject(own);
  assert.equal(await failure(() => target.status({}, never)), own);
});

test('a hanging configuration is given up after a minute and stops no other plugin', async () => {
  const { processes, clock, apply, manager } = await oneTarget();
  processes.last.behave = (call) => call === 'setConfig' && new Promise(() => undefined);
  const reload = apply(
    pluginBlock('target', 'a', { config: { color: 'blue' } }),
    pluginBlock('strategy', 's', { driver: 'a' }),
  );
  await clock.advance(0);
  assert.equal((await manager.strategy('s').run(strategyInput(), never))?.count, 3);
  assert.equal((await manager.target('a').status({}, never))?.count, 2);
  await clock.advance(60_000);
  assert.deepEqual((await reload).map(explain), ['failed to set config on plugin a: no answer within 60000 ms']);
});

test('closing while a plugin waits for its restart, or while it starts, leaves nothing behind', async () => {
  const { processes, clock, manager, apply } = await oneTarget();
  processes.last.end('its process ended: exit status 1');
  await clock.advance(0);
  processes.behave = (call) => call === 'info' && new Promise(() => undefined);
  const starting = apply(pluginBlock('target', 'a'), pluginBlock('target', 'b', { driver: 'a' }));
  await clock.advance(0);
  await manager.close();
  await starting;
  assert.deepEqual(
    processes.started.slice(1).map(({ isClosed }) => isClosed),
    [true, true],
  );
  await clock.advance(600_000);
  assert.equal(processes.started.length, 3);
  assert.equal(clock.pending, 0);
});

test('go-plugin #29: two starts at the same time make one process, and both have its result', async () => {
  const { apply, manager, processes } = fakeManager(fakeShelf({ a: '1' }));
  const block = pluginBlock('target', 'a');
  assert.deepEqual(await Promise.all([apply(block), apply(block)]), [[], []]);
  assert.equal(processes.started.length, 1);
  assert.equal((await manager.target('a').status({}, never))?.count, 2);
});

/** A target that knows who it is and leaves all else unanswered; one call of a second's patience every two seconds. */
async function silentTarget() {
  const all = await oneTarget();
  all.processes.last.behave = (call) => (call === 'info' ? undefined : new Promise(() => undefined));
  const ask = async () => {
    const failed = failure(() => all.target.status({ _nomad_autoscaler_grpc_timeout: '1s' }, never));
    await all.clock.advance(2_000);
    return failed;
  };
  return { ...all, ask };
}

test('a plugin that leaves call after call unanswered is left alone at once, visibly, and used again when it answers', async () => {
  const { ask, status, clock, processes, world, target } = await silentTarget();
  for (let call = 0; call < 6; call++) assert.equal((await ask()).code, 'deadline_exceeded');
  const { circuit, state, error: why } = status() ?? {};
  assert.equal(state, 'running');
  assert.equal(circuit?.unanswered, 6);
  assert.equal(why, 'no answer from plugin "a" (target) within 1s');
  const refused = await failure(() => target.status({}, never));
  assert.deepEqual([refused.code, refused.retryable], ['plugin_unavailable', true]);
  assert.equal(
    refused.message,
    'plugin "a" (target) left 6 calls in a row unanswered and is tried again in 4s: ' +
      'no answer from plugin "a" (target) within 1s',
  );
  await clock.advance(4_000);
  assert.equal((await ask()).code, 'deadline_exceeded', 'the try');
  assert.equal((await failure(() => target.status({}, never))).code, 'plugin_unavailable');
  processes.last.behave = () => undefined;
  await clock.advance(9_000);
  assert.equal((await target.status({}, never))?.count, 2);
  assert.equal(status()?.circuit, undefined);
  assert.equal(status()?.error, undefined);
  const told = world.lines.filter((line) => /does not answer, calls|answers again/.test(line));
  assert.deepEqual(told, [
    '[WARN]  agent.plugin_manager: plugin does not answer, calls are refused until it does: plugin_name=a plugin_type=target ' +
      'unanswered=6 error="no answer from plugin \\"a\\" (target) within 1s"',
    '[INFO]  agent.plugin_manager: plugin answers again: plugin_name=a plugin_type=target',
  ]);
});

test('a restart of a plugin closes its circuit', async () => {
  const { ask, status, clock, processes, target } = await silentTarget();
  for (let call = 0; call < 6; call++) await ask();
  assert.notEqual(status()?.circuit, undefined);
  processes.last.end('its process ended: signal: killed');
  await clock.advance(375);
  assert.equal(status()?.circuit, undefined);
  assert.equal((await target.status({}, never))?.count, 2);
});

test('errors that a plugin answers with shut nobody out, however many', async () => {
  const { target, processes, clock, status } = await oneTarget();
  processes.last.behave = () => Promise.reject(new Error('no such job'));
  for (let call = 0; call < 50; call++) {
    assert.equal((await failure(() => target.status({}, never))).message, 'no such job');
    await clock.advance(1_000);
  }
  assert.equal(status()?.circuit, undefined);
});

test('a plugin that dies right after each start is told of three times, then once that it goes on, and then no more', async () => {
  const { processes, clock, world } = await oneTarget();
  for (let round = 0; round < 40; round++) {
    processes.last.end('its process ended: exit status 1');
    const count = processes.started.length;
    while (processes.started.length === count) await clock.advance(1_000);
  }
  const warnings = world.lines.filter((line) => line.startsWith('[WARN]'));
  assert.equal(warnings.filter((line) => line.includes('plugin ended and will be started again')).length, 3);
  assert.equal(warnings.length, 4);
  assert.match(
    warnings.at(-1) ?? '',
    /plugin fails again and again, the next failures are logged at debug level: .* failures=4 longest_pause=1m0s$/,
  );
  await clock.advance(60_000);
  assert.match(world.lines.at(-1) ?? '', /\[INFO\] .*plugin runs soundly again: plugin_name=a plugin_type=target$/);
});

test('a plugin that ends when the agent is about to stop is neither complained of nor started again', async () => {
  const { manager, processes, clock, world } = await oneTarget();
  processes.last.end('its process ended: signal: terminated'); // the signal reached the plugin first
  await clock.advance(100);
  manager.expectEnd();
  await clock.advance(600_000);
  assert.equal(processes.started.length, 1);
  assert.deepEqual(
    world.lines.filter((line) => /WARN|ERROR/.test(line)),
    [],
  );
});

test('while a plugin starts for the first time its policies are told so', async () => {
  const { apply, manager, processes, world } = fakeManager(fakeShelf({ a: '1' }));
  processes.behave = (call) => call === 'info' && new Promise(() => undefined);
  const starting = apply(pluginBlock('target', 'a'));
  await world.clock.advance(0);
  const error = await failure(() => manager.target('a').status({}, never));
  assert.equal(explain(error), 'plugin "a" (target) is still starting');
  await world.clock.advance(10_000);
  await starting;
});

test('plugins are killed at once when nobody waits for their end, those that are on their way out among them', async () => {
  const { manager, apply, processes, clock } = await oneTarget();
  assert.deepEqual(await apply(pluginBlock('target', 'a'), pluginBlock('target', 'b', { driver: 'a' })), []);
  const [leaving, staying] = processes.started;
  if (leaving !== undefined) leaving.closes = new Promise(() => undefined);
  void apply(pluginBlock('target', 'b', { driver: 'a' }));
  await clock.advance(0);
  manager.kill();
  assert.match((await leaving?.ended) ?? '', /killed/);
  assert.match((await staying?.ended) ?? '', /killed/);
  await clock.advance(600_000);
  assert.equal(processes.started.length, 2); // none is started again
});
