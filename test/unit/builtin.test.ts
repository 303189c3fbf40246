import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundledPlugins } from '../../src/builtin.ts';
import { defaultBlocks } from '../../src/plugin-manager/catalog.ts';
import { processManager } from '../support/plugin-processes.ts';

const bundled = bundledPlugins(process.execPath);
const folder = fileURLToPath(new URL('../../plugins', import.meta.url));

test('every plugin folder is bundled, under the name and type that the plugin gives itself', async () => {
  const folders = readdirSync(folder).flatMap((type) =>
    readdirSync(`${folder}/${type}`)
      .filter((name) => existsSync(`${folder}/${type}/${name}/main.ts`))
      .map((name) => `${folder}/${type}/${name}/main.ts`),
  );
  assert.deepEqual(bundled.map(({ command }) => command.args.at(-1)).toSorted(), folders.toSorted());
  for (const { driver, type, load } of bundled) {
    const plugin = await load();
    assert.deepEqual([plugin.name, plugin.type], [driver, type]);
  }
});

test('plugins #42, agent #A64: without any plugin block the six default plugins are live', async (context) => {
  const { manager, apply } = processManager(context, {}, bundled);
  assert.deepEqual(await apply(...defaultBlocks), []);
  assert.deepEqual(
    manager.list().map(({ label, state, isolation }) => `${label} ${state} ${isolation}`),
    [
      'nomad-apm running in-process',
      'fixed-value running in-process',
      'pass-through running in-process',
      'target-value running in-process',
      'threshold running in-process',
      'nomad-target running process',
    ],
  );
});

test('every bundled plugin starts as a process of its own, too', async (context) => {
  const { apply, manager } = processManager(context, {}, bundled);
  const configs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    datadog: { dd_api_key: 'x', dd_app_key: 'x' },
    influxdb: { address: 'http://127.0.0.1:8086', database: 'x' },
    instana: { endpoint: 'http://127.0.0.1:8080', api_token: 'x' },
    prometheus: { address: 'http://127.0.0.1:9090' },
  };
  const blocks = bundled.map(({ driver, type }) => {
    const config = configs[driver] ?? {};
    return { type, label: driver, driver, args: [], config, autoMtls: true, isolation: 'process' } as const;
  });
  assert.deepEqual(await apply(...blocks), []);
  assert.ok(manager.list().every(({ state, isolation }) => state === 'running' && isolation === 'process'));
});
