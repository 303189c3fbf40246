/** A Datadog that says what it is told to, and the plugin that asks it. */
import type { TestContext } from 'node:test';
import { datadogAt } from '../../plugins/apm/datadog/index.ts';
import type { PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { fakeService, openApm, type Reply } from './http-apm.ts';

export const keys = { dd_api_key: 'api-key-geheim', dd_app_key: 'app-key-geheim' };

/** The answer with series of these points. */
export const timeSeries = (...series: readonly unknown[]): string =>
  JSON.stringify({ status: 'ok', series: series.map((pointlist) => ({ metric: 'm', pointlist })) });

/** The plugin with Datadog's API at `origin`, whatever the site. */
export const datadogOn = (origin: string) => datadogAt(() => new URL(origin));

export async function fakeDatadog(
  t: TestContext,
  reply: Reply,
  config: StringMap = {},
  world: Partial<PluginWorld> = {},
) {
  const service = await fakeService(t, reply);
  const opened = await openApm(t, datadogOn(service.origin), { ...keys, ...config }, world, 'avg:m{*}');
  return { ...service, ...opened };
}
