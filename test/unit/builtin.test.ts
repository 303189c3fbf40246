import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundledPlugins } from '../../src/builtin.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { listen } from '../../src/nomad-server/listen.ts';
import { usualAccount } from '../../src/openstack-server/config.ts';
import { openStack } from '../../src/openstack-server/openstack.ts';
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
    'os-nova': await novaSettings(context),
  };
  const blocks = bundled.map(({ driver, type }) => {
    const config = configs[driver] ?? {};
    return { type, label: driver, driver, args: [], config, autoMtls: true, isolation: 'process' } as const;
  });
  assert.deepEqual(await apply(...blocks), []);
  assert.ok(manager.list().every(({ state, isolation }) => state === 'running' && isolation === 'process'));
});

/** It logs in as soon as it gets its settings: an OpenStack on a port. */
async function novaSettings(context: TestContext): Promise<Readonly<Record<string, string>>> {
  const cloud = openStack({ clock: systemClock, random: Math.random });
  const { port, close } = await listen(cloud, { host: '127.0.0.1', port: 0 });
  context.after(async () => {
    await close();
    cloud.close();
  });
  const { userName, password, domainName, projectId } = usualAccount;
  return {
    ...{ auth_url: `http://127.0.0.1:${port}/v3`, nomad_address: 'http://127.0.0.1:4646' },
    ...{ username: userName, password, domain_name: domainName, project_id: projectId },
  };
}
