import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Action, scaled } from 'nomad-autoscaler/sdk';
import { inProcess, noLog, targetConformance } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../src/index.ts';
import { scale } from '../src/scale.ts';
import { status } from '../src/status.ts';

const { signal } = new AbortController();

const to = (count: number): Action => ({ direction: 'up', count, reason: 'a test', meta: {} });

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'my-plugin-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('the count is the number in the file, and what is no number is an error', async (t) => {
  const file = join(folder(t), 'web');
  assert.equal(await status(file, signal), undefined);
  writeFileSync(file, '2\n');
  assert.deepEqual(await status(file, signal), { ready: true, count: 2, meta: {} });
  writeFileSync(file, 'two');
  await assert.rejects(status(file, signal), { code: 'no_count' });
});

test('scaling writes the file, unless it is a dry run or there is nothing to do', async (t) => {
  const file = join(folder(t), 'web');
  writeFileSync(file, '2\n');
  assert.deepEqual(await scale(file, to(3), noLog, signal), scaled);
  assert.equal(readFileSync(file, 'utf8'), '3\n');
  assert.equal((await scale(file, to(3), noLog, signal)).kind, 'no-op');
  assert.deepEqual(await scale(file, { ...to(9), direction: 'none', dryRun: true }, noLog, signal), scaled);
  assert.equal(readFileSync(file, 'utf8'), '3\n');
});

const counts = mkdtempSync(join(tmpdir(), 'my-plugin-'));
process.on('exit', () => rmSync(counts, { recursive: true }));
writeFileSync(join(counts, 'web'), '2\n');
writeFileSync(join(counts, 'broken'), 'two');

const rules = targetConformance(inProcess(plugin), {
  name: 'my-plugin',
  agentConfig: { folder: counts },
  badAgentConfig: {},
  policyConfig: { file: 'web' },
  badPolicyConfig: { file: 'broken' },
  absentPolicyConfig: { file: 'absent' },
  scaleTo: 4,
});
for (const { title, skip, run } of rules) test(title, { skip }, run);
