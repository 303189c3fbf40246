/** An Instana that says what it is told to, and the plugin that asks it. */
import type { TestContext } from 'node:test';
import { plugin } from '../../plugins/apm/instana/index.ts';
import type { PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { fakeService, openApm, type Reply } from './http-apm.ts';

/** The answer with an item for each map of metrics. */
export const items = (...metrics: readonly unknown[]): string =>
  JSON.stringify({ items: metrics.map((one) => ({ snapshotId: 'x', metrics: one })) });

/** A query as a check has it. */
export const usual = JSON.stringify({ plugin: 'host', metrics: ['cpu.used'], query: 'entity.zone:a', rollup: 60 });

export async function fakeInstana(
  t: TestContext,
  reply: Reply,
  config: StringMap = {},
  world: Partial<PluginWorld> = {},
) {
  const service = await fakeService(t, reply);
  const settings = { endpoint: service.origin, api_token: 'token-geheim', ...config };
  const opened = await openApm(t, plugin, settings, world, usual);
  return { ...service, ...opened };
}
