/** What a Prometheus says, and the plugin that asks it. */
import type { TestContext } from 'node:test';
import { plugin } from '../../plugins/apm/prometheus/index.ts';
import type { PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { openApm, refusalOfApm } from './http-apm.ts';

export const success = (resultType: string, result: unknown, more: object = {}): string =>
  JSON.stringify({ status: 'success', ...more, data: { resultType, result } });
export const matrix = (...series: readonly (readonly [number, string])[][]): string =>
  success(
    'matrix',
    series.map((values) => ({ metric: {}, values })),
  );
export const apiError = (errorType: string, error: string): string =>
  JSON.stringify({ status: 'error', errorType, error });

/** Opens the plugin with these settings. */
export const openPrometheus = (t: TestContext, config: StringMap, world: Partial<PluginWorld> = {}) =>
  openApm(t, plugin, config, world, 'up');

/** @returns why the plugin does not take these settings. */
export const refusalOf = (config: StringMap): Promise<string> => refusalOfApm(plugin, config);
