/** An InfluxDB that says what it is told to, and the plugin that asks it. */
import type { TestContext } from 'node:test';
import { plugin } from '../../plugins/apm/influxdb/index.ts';
import type { PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { fakeService, openApm, type Reply } from './http-apm.ts';

/** One series of an answer. */
export const table = (columns: readonly string[], ...values: readonly unknown[]) => ({ name: 'cpu', columns, values });

/** The answer of one statement. */
export const answer = (...series: readonly object[]): string =>
  JSON.stringify({ results: [{ statement_id: 0, series }] });

export async function fakeInfluxdb(
  t: TestContext,
  reply: Reply,
  config: StringMap = {},
  world: Partial<PluginWorld> = {},
) {
  const service = await fakeService(t, reply);
  const settings = { address: service.origin, database: 'telegraf', ...config };
  const opened = await openApm(t, plugin, settings, world, 'SELECT mean(v) FROM cpu');
  return { ...service, ...opened };
}
