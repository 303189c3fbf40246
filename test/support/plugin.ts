/** What plugins are given in tests. */
import { type VirtualClock, virtualClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { PluginDefinition, PluginWorld, StrategyInput } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';

export interface TestWorld extends PluginWorld {
  readonly clock: VirtualClock;
  /** What was logged so far, text lines without their times. */
  readonly lines: readonly string[];
}

/** A world that stands still and remembers what was logged. */
export function pluginWorld(env: PluginWorld['env'] = {}): TestWorld {
  const clock = virtualClock();
  const lines: string[] = [];
  const write = (record: string) => lines.push(...record.replace(/^\S+ /gm, '').trimEnd().split('\n'));
  const log = createLog({ level: 'trace', json: false, location: false, clock, write }).root;
  return { clock, random: () => 0.5, log, telemetry: noTelemetry, env, lines };
}

export const never = new AbortController().signal;

/** A strategy's input: two instances and no settings unless told otherwise. */
export function strategyInput(parts: Partial<StrategyInput> = {}): StrategyInput {
  return {
    check: 'cpu',
    source: 'prometheus',
    query: 'avg(cpu)',
    queryWindowMs: 60_000,
    strategy: 'any',
    config: {},
    count: 2,
    metrics: [],
    meta: { nomad_policy_id: 'p1' },
    ...parts,
  };
}

/** Points a second apart, oldest first. */
export function points(...values: readonly number[]) {
  return values.map((value, at) => ({ at: at * 1000, value }));
}

/** Runs a strategy once, in this process: its answer, or the error that it threw. */
export async function runStrategy(
  plugin: PluginDefinition<'strategy'>,
  config: StringMap,
  count: number,
  ...values: readonly number[]
) {
  const session = plugin.open(pluginWorld());
  return session.run(strategyInput({ config, count, metrics: points(...values) }), never);
}
