import { instantRefused, isInstant, type Metric, type PluginWorld, type TimeRange } from 'nomad-autoscaler/sdk';
import type { SharedNomad } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';
import { nodePoolMetric } from './node-pool.ts';
import { parseQuery } from './parse.ts';
import { taskGroupMetric } from './task-group.ts';

/** What answers the queries of one configuration. */
export interface Asked {
  readonly nomad: SharedNomad;
  readonly config: Config;
  readonly world: PluginWorld;
  /** Queries of a former form that were warned about. */
  readonly warned: Set<string>;
}

/**
 * Nomad knows only the present, so whatever window is asked for, the answer is one point: now.
 *
 * @throws `invalid_query` (usage), and what the two kinds of query throw.
 */
export async function queryNomad(
  { nomad, config, world, warned }: Asked,
  query: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<readonly [Metric]> {
  if (isInstant(range)) throw instantRefused('nomad-apm');
  const parsed = parseQuery(query);
  const at = (value: number): readonly [Metric] => [{ at: world.clock.now(), value }];
  if (parsed.kind === 'taskgroup') return at(await taskGroupMetric(nomad, parsed, query, world.log, signal));

  const { insteadWrite } = parsed;
  if (insteadWrite !== undefined && !warned.has(query)) {
    warned.add(query);
    world.log.warn('the query has a form that is no longer documented', { query, write_instead: insteadWrite });
  }
  world.log.debug('performing node pool APM query', { query });
  return at(await nodePoolMetric(nomad, parsed, config, world.log, signal));
}
