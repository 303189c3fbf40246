/** Nomad's own Go client, as upstream's autoscaler uses it, against the embedded Nomad. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { startNomad } from '../support/embedded-nomad.ts';
import { pause } from '../support/figures.ts';
import { buildGo } from '../support/go-programs.ts';
import { endWithUs } from '../support/proc.ts';
import { eventually } from '../support/program.ts';

const go = buildGo('./nomad');
const needsGo = { skip: go.leftOut };

/** Starts the Go program; it ends with the test. */
function startGo(t: TestContext, args: readonly string[], onLine: (line: string) => void): ChildProcess {
  const child = spawn(join(go.folder, 'nomad'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  endWithUs(child);
  t.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdout);
  createInterface({ input: child.stdout }).on('line', onLine);
  return child;
}

test('nomad-api #62: MonitorDrain sees a node with two allocations through to its end', needsGo, async (t) => {
  const nomad = await startNomad(1);
  t.after(() => nomad.close());
  const healthy = { HealthCheck: 'task_states', MinHealthyTime: 1e8 };
  const group = {
    ...{ Name: 'g', Count: 2, Migrate: healthy, Update: healthy },
    Tasks: [{ Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 50, MemoryMB: 32 } }],
  };
  await nomad.call('PUT', '/v1/jobs', { Job: { ID: 'web', Type: 'service', TaskGroups: [group] } });
  const running = async () =>
    (await nomad.call('GET', '/v1/job/web/allocations')).filter(
      (one: { ClientStatus: string }) => one.ClientStatus === 'running',
    );
  await eventually('two allocations run', async () => ((await running()).length === 2 ? true : undefined));
  const [node] = await nomad.call('GET', '/v1/nodes');
  nomad.server.simulation.join({ name: 'other' });
  const lines: string[] = [];
  const [code] = await once(
    startGo(t, ['drain', nomad.address, node.ID], (line) => lines.push(line)),
    'exit',
  );
  assert.equal(code, 0);
  const text = lines.join('\n');
  assert.match(text, new RegExp(`Drain complete for node ${node.ID}`));
  assert.match(text, new RegExp(`All allocations on node "${node.ID}" have stopped`));
  assert.equal(lines.filter((line) => line.endsWith('marked for migration')).length, 2);
});

const ttlMs = 10_000;
/** The row says three minutes; what can go wrong does so within a few TTLs. */
const runMs = 7 * ttlMs;

test(
  'nomad-api #84: of two lease holders in Go one leads at a time, and when it dies the other follows',
  needsGo,
  async (t) => {
    const nomad = await startNomad(1);
    t.after(() => nomad.close());
    const leading = new Set<string>();
    const terms: string[] = [];
    const problems: string[] = [];
    const start = (name: string) =>
      startGo(t, ['lock', nomad.address, 'autoscaler/lock', `${ttlMs / 1000}s`, name], (line) => {
        if (line !== `${name} leads`) {
          leading.delete(name);
          return;
        }
        if (leading.size > 0) problems.push(`${name} leads beside ${[...leading]}`);
        leading.add(name);
        terms.push(name);
      });
    const began = Date.now();
    const holders = new Map([
      ['a', start('a')],
      ['b', start('b')],
    ]);
    await eventually('one of them leads', async () => terms[0]);
    const [first = ''] = terms;
    // Long enough for renewals: without them the lock would have gone to the other.
    await pause(2.5 * ttlMs);
    assert.deepEqual(terms, [first]);
    holders.get(first)?.kill('SIGKILL');
    leading.delete(first);
    await eventually('the other leads', async () => terms[1], 5 * ttlMs);
    assert.notEqual(terms[1], first);
    start('c');
    await pause(runMs - (Date.now() - began));
    assert.deepEqual(problems, []);
    assert.deepEqual(terms.length, 2);
  },
);
