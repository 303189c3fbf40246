import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { apmConformance, inProcess, testWorld, virtualClock } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../src/index.ts';

const numbers = mkdtempSync(join(tmpdir(), 'my-plugin-'));
process.on('exit', () => rmSync(numbers, { recursive: true }));
writeFileSync(join(numbers, 'queue'), '250\n');
writeFileSync(join(numbers, 'broken'), 'many');

const { signal } = new AbortController();
const range = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) };

test('a query is the number in the file, for the moment in which it is asked', async () => {
  const clock = virtualClock();
  const apm = plugin.open(testWorld({ clock }));
  await apm.setConfig({ folder: numbers }, signal);
  await clock.advance(60_000);
  assert.deepEqual(await apm.query('queue', range, signal), [{ at: Date.UTC(2026, 0, 1, 0, 1), value: 250 }]);
});

test('what is no number is an error, and what leads out of the folder as well', async () => {
  const apm = plugin.open(testWorld());
  await apm.setConfig({ folder: numbers }, signal);
  await assert.rejects(async () => apm.query('broken', range, signal), { code: 'no_number' });
  await assert.rejects(async () => apm.query('../queue', range, signal), { code: 'bad_query' });
});

const rules = apmConformance(inProcess(plugin), {
  name: 'my-plugin',
  agentConfig: { folder: numbers },
  badAgentConfig: {},
  range,
  query: 'queue',
  badQuery: 'broken',
  emptyQuery: 'absent',
});
for (const { title, skip, run } of rules) test(title, { skip }, run);
