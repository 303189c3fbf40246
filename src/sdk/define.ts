/** Makes plugins out of schemas and verbs. */
import type { Cancel } from '../lib/clock.ts';
import type { LogFields } from '../lib/log.ts';
import type { Action } from '../model/action.ts';
import type { Metric, TimeRange } from '../model/metric.ts';
import {
  type Awaitable,
  inheritKey,
  type PluginDefinition,
  type PluginWorld,
  type StrategyInput,
} from '../model/plugin.ts';
import { targetKeys } from '../model/policy.ts';
import type { Outcome, TargetStatus } from '../model/target.ts';
import { configKeys } from '../nomad/settings.ts';
import { describe } from '../schema/describe.ts';
import { block } from '../schema/field.ts';
import type { Fields, Infer, Schema } from '../schema/schema.ts';
import { type Advice, type ConfigReader, configReader, type Rule } from './config-reader.ts';
import { type Closable, openWith } from './opened.ts';
import { traceAction } from './strategy-trace.ts';

/** Inherited from the agent or not, whether a plugin wants them or not: never a surprise in its map. */
const agentKeys = [...Object.values(configKeys), inheritKey];

/** The agent reads these in a policy's target block, whatever the target. */
const policyKeys = [targetKeys.dryRun, targetKeys.grpcTimeout];

const noFields = block({});

/** The verbs of an opened APM. Each may answer at once or by a promise. */
export interface ApmVerbs extends Closable {
  /** @returns the points of the range, of one series, in any order; none means that there is no data. */
  query(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly Metric[]>;
  /** Several series. Left out, it is the one series of `query`. */
  queryMultiple?(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly (readonly Metric[])[]>;
}

/** What makes an APM. */
export interface ApmPlan<A extends Fields> {
  /** The driver's name: what `driver` in the agent's configuration says, and the name of the executable. */
  readonly name: string;
  /** The `config` of the agent's `apm` block. */
  readonly agentConfig: Schema<A>;
  /**
   * Called with each new configuration; the old session is closed once its calls have ended.
   *
   * @param signal  ends the opening, not the session.
   */
  open(config: Infer<Schema<A>>, world: PluginWorld, signal: AbortSignal): Awaitable<ApmVerbs>;
}

/** Defines an APM: where metrics come from. */
export function defineApm<const A extends Fields>(plan: ApmPlan<A>): PluginDefinition<'apm'> {
  const agent = configReader(plan.agentConfig, undefined, agentKeys);
  return {
    ...common(plan.name, plan.agentConfig, noFields, agent),
    type: 'apm',
    checkPolicyConfig: () => [],
    open(world) {
      const { use, setConfig, close } = openWith(plan.name, agent, world, (config, signal) =>
        plan.open(config, world, signal),
      );
      return {
        setConfig,
        close,
        query: (query, range, signal) => use((verbs) => verbs.query(query, range, signal)),
        queryMultiple: (query, range, signal) =>
          use((verbs) => verbs.queryMultiple?.(query, range, signal) ?? oneSeries(verbs.query(query, range, signal))),
      };
    },
  };
}

function oneSeries(points: Awaitable<readonly Metric[]>): Awaitable<readonly (readonly Metric[])[]> {
  return points instanceof Promise ? points.then((series) => [series]) : [points];
}

/** What makes a strategy. `P` are the fields of its block. */
export interface StrategyPlan<P extends Fields> {
  /** The driver's name. */
  readonly name: string;
  /** A policy's `strategy` block. */
  readonly config: Schema<P>;
  /** What must hold between the fields of one block. */
  readonly rule?: Rule<Infer<Schema<P>>>;
  /** Without metrics a strategy has nothing to say and is not asked; false asks it all the same. */
  readonly needsMetrics?: boolean;
  /** The decision, a pure function. @returns undefined when there is nothing to say. */
  run(input: StrategyInput<Infer<Schema<P>>>): Action | undefined;
  /** What else it went by, for the line of trace about it. */
  facts?(input: StrategyInput<Infer<Schema<P>>>): LogFields;
}

/** Defines a strategy: the rule from a count and metrics to an action. */
export function defineStrategy<const P extends Fields>(plan: StrategyPlan<P>): PluginDefinition<'strategy'> {
  const agent = configReader(noFields, undefined, agentKeys);
  const policy = configReader(plan.config, plan.rule, []);
  const { needsMetrics = true } = plan;
  return {
    ...common(plan.name, noFields, plan.config, agent),
    type: 'strategy',
    checkPolicyConfig: policy.check,
    open(world) {
      const { log } = world;
      const { setConfig, close } = openWith(plan.name, agent, world, () => ({}));
      return {
        setConfig,
        close,
        run(input) {
          if (needsMetrics && input.metrics.length === 0) return undefined;
          const read = { ...input, config: policy.read(input.config) };
          const action = plan.run(read);
          if (log.isEnabled('trace')) traceAction(log, read, read.config, action, plan.facts?.(read) ?? {});
          return action;
        },
      };
    },
  };
}

/** The verbs of an opened target. `Config` is a policy's target block. */
export interface TargetVerbs<Config> extends Closable {
  /** @returns undefined when the target does not exist. */
  status(config: Config, signal: AbortSignal): Awaitable<TargetStatus | undefined>;
  /** Brings the target to the action's count, or says why not. With `dryRun` it only records it. */
  scale(action: Action, config: Config, signal: AbortSignal): Awaitable<Outcome>;
  /**
   * For a target that answers from memory and learns by itself when that changes: it is not asked for each status then, which
   * is most of what a process of its own costs. Asked in the same turn in which `status` has answered at once.
   *
   * @param onEnd  to be called once `status` may answer anything else: a change, an error, a write of its own that is done.
   * @returns      what ends the interest in it; undefined when that status may become another one without a word.
   */
  holds?(config: Config, onEnd: () => void): Cancel | undefined;
}

/** What makes a target. `A` are the fields of the agent’s block, `P` those of a policy’s. */
export interface TargetPlan<A extends Fields, P extends Fields> {
  /** The driver's name. */
  readonly name: string;
  /** Once, from the agent's configuration: the `config` of a `target` block. */
  readonly agentConfig: Schema<A>;
  /** Each policy's `target` block. */
  readonly policyConfig: Schema<P>;
  /** What must hold between the fields of one policy's block. */
  readonly policyRule?: Rule<Infer<Schema<P>>>;
  /** What else whoever checks a policy is to be told: it keeps the block from nothing. */
  readonly policyAdvice?: Advice<Infer<Schema<P>>>;
  /** As for an APM. */
  open(config: Infer<Schema<A>>, world: PluginWorld, signal: AbortSignal): Awaitable<TargetVerbs<Infer<Schema<P>>>>;
}

/** Defines a target: what is scaled. */
export function defineTarget<const A extends Fields, const P extends Fields>(
  plan: TargetPlan<A, P>,
): PluginDefinition<'target'> {
  const agent = configReader(plan.agentConfig, undefined, agentKeys);
  const policy = configReader(plan.policyConfig, plan.policyRule, policyKeys, plan.policyAdvice);
  return {
    ...common(plan.name, plan.agentConfig, plan.policyConfig, agent),
    type: 'target',
    checkPolicyConfig: policy.check,
    open(world) {
      const { use, watch, ...life } = openWith(plan.name, agent, world, (config, signal) =>
        plan.open(config, world, signal),
      );
      return {
        ...life,
        holds: (config, onEnd) => watch((verbs, end) => verbs.holds?.(policy.read(config), end), onEnd),
        status: (config, signal) => use((verbs) => verbs.status(policy.read(config), signal)),
        scale: (action, config, signal) => use((verbs) => verbs.scale(action, policy.read(config), signal)),
      };
    },
  };
}

function common(name: string, agentConfig: Schema, policyConfig: Schema, agent: ConfigReader<unknown>) {
  return {
    name,
    settings: { agent: describe(agentConfig), policy: describe(policyConfig) },
    usesNomad: agentConfig.entries.some(({ key }) => key === configKeys.address),
    checkAgentConfig: agent.check,
  };
}
