/** The heart with fakes all around, and the usual steps of its tests. */
import type { LogLevel } from '../../src/lib/log.ts';
import type { Action } from '../../src/model/action.ts';
import type { Awaitable, StrategyInput } from '../../src/model/plugin.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { TickReport } from '../../src/model/tick.ts';
import { type RunningPolicy, type Scaling, startScaling } from '../../src/scaling/handlers.ts';
import { policy as buildPolicy, up } from './builders.ts';
import {
  type FakeApm,
  type FakeStrategy,
  type FakeTarget,
  type FakeWorld,
  fakeApm,
  fakePlugins,
  fakeStrategy,
  fakeTarget,
  fakeWorld,
  lineText,
} from './fakes.ts';

export type Decide = (input: StrategyInput, signal: AbortSignal) => Awaitable<Action | undefined>;

export interface HeartOptions {
  readonly policies?: readonly Policy[];
  readonly target?: FakeTarget;
  readonly apm?: FakeApm;
  /** What the strategy `strategy` says; without it: one more than there are. */
  readonly decide?: Decide;
  /** Further strategies by label. */
  readonly strategies?: Readonly<Record<string, Decide>>;
  readonly workers?: { readonly horizontal: number; readonly cluster: number };
  readonly apmLabelsOfNomadDriver?: readonly string[];
  readonly level?: LogLevel;
}

export interface Heart {
  readonly world: FakeWorld;
  readonly scaling: Scaling;
  readonly target: FakeTarget;
  readonly apm: FakeApm;
  readonly strategy: FakeStrategy;
  /** Every report, in the order of making. */
  readonly reports: TickReport[];
  /** Moves time to the next tick of a policy, by default the first one's, and lets it end; returns the last report. */
  tick(policyId?: string): Promise<TickReport>;
  state(policyId?: string): RunningPolicy;
  /** The lines of a level and above without their context, since the last call. */
  said(level?: LogLevel): string[];
}

const ranks: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];
const contextKeys = { 'policy_manager.policy_handler': 4, 'policy_manager.policy_handler.check_handler': 6 };

/** Starts the heart with one policy, or those that are given, and labels `apm`, `strategy`, `target`. */
export function startHeart(options: HeartOptions = {}): Heart {
  const policies = options.policies ?? [buildPolicy()];
  const firstId = policies[0]?.id ?? '';
  const world = fakeWorld(options.level);
  const target = options.target ?? fakeTarget();
  const apm = options.apm ?? fakeApm();
  const strategy = fakeStrategy(options.decide ?? (({ count }) => up(count + 1)));
  const others = Object.entries(options.strategies ?? {}).map(([label, decide]) => [label, fakeStrategy(decide)]);
  const reports: TickReport[] = [];
  let read = 0;
  const scaling = startScaling({
    world,
    plugins: fakePlugins({
      apm: { apm, 'nomad-apm': apm },
      strategy: { strategy, ...Object.fromEntries(others) },
      target: { target },
    }),
    workers: options.workers ?? { horizontal: 10, cluster: 10 },
    apmLabelsOfNomadDriver: new Set(options.apmLabelsOfNomadDriver ?? ['nomad-apm']),
    collectionIntervalMs: 1000,
    onReport: (report) => {
      reports.push(report);
    },
  });
  scaling.apply('file', policies);
  const state = (policyId = firstId) => {
    const found = scaling.state(policyId);
    if (found === undefined) throw new Error(`${policyId} does not run`);
    return found;
  };
  return {
    world,
    scaling,
    target,
    apm,
    strategy,
    reports,
    state,
    async tick(policyId = firstId) {
      await world.clock.advance(state(policyId).nextTickAt - world.clock.now());
      const last = reports.findLast((report) => report.policyId === policyId);
      if (last === undefined) throw new Error('no report was made');
      return last;
    },
    said(level = 'info') {
      const lines = world.lines.slice(read).filter((line) => ranks.indexOf(line.level) >= ranks.indexOf(level));
      read = world.lines.length;
      const skip = (logger: string) => Object.entries(contextKeys).find(([name]) => name === logger)?.[1] ?? 0;
      return lines.map((line) => lineText({ ...line, fields: line.fields.slice(skip(line.logger)) }));
    },
  };
}
