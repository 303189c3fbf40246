/** What an APM, a strategy and a target offer: sessions, whether they run in this process or behind gRPC. */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Row } from '../schema/describe.ts';
import type { Env } from '../schema/parse.ts';
import type { Problem } from '../schema/strings.ts';
import type { Action, Meta } from './action.ts';
import type { Metric, TimeRange } from './metric.ts';
import type { StringMap } from './policy.ts';
import type { Outcome, TargetStatus } from './target.ts';

/** What a plugin is good for: metrics, decisions, or the thing that is scaled. */
export type PluginType = 'apm' | 'strategy' | 'target';

/** Who a plugin is. */
export interface PluginInfo {
  /** The driver's name. */
  readonly name: string;
  readonly type: PluginType;
}

/** A value, or the promise of one: what is known at once costs no turn of the event loop. */
export type Awaitable<T> = T | Promise<T>;

interface Session {
  /** The `config` map of the agent's plugin block. Called once after opening and again at each reload. */
  setConfig(config: StringMap, signal: AbortSignal): Awaitable<void>;
  close(): Promise<void>;
}

export interface ApmCalls {
  /** @returns the points of the range, of one series. Order does not matter; empty means no data. */
  query(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly Metric[]>;
  queryMultiple(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly (readonly Metric[])[]>;
}

/** What a strategy is asked. `Config` is the strategy block of the policy: a map of texts, or what a schema made of it. */
export interface StrategyInput<Config = StringMap> {
  readonly check: string;
  readonly source: string;
  readonly query: string;
  readonly queryWindowMs: number;
  /** The strategy's label in the policy. */
  readonly strategy: string;
  readonly config: Config;
  /** The target's count now. */
  readonly count: number;
  /** By time, oldest first. */
  readonly metrics: readonly Metric[];
  /** What the action's meta begins with. */
  readonly meta: Meta;
}

export interface StrategyCalls {
  /** @returns undefined when there is nothing to say, as for no metrics. */
  run(input: StrategyInput, signal: AbortSignal): Awaitable<Action | undefined>;
}

export interface TargetCalls {
  /** @returns undefined when the target does not exist. */
  status(config: StringMap, signal: AbortSignal): Awaitable<TargetStatus | undefined>;
  scale(action: Action, config: StringMap, signal: AbortSignal): Awaitable<Outcome>;
}

/** An opened APM. */
export interface ApmSession extends Session, ApmCalls {}
/** An opened strategy. */
export interface StrategySession extends Session, StrategyCalls {}

/** An opened target. */
export interface TargetSession extends Session, TargetCalls {
  /**
   * To be asked in the same turn in which `status` answered at once, with a status.
   *
   * @param onEnd  called, at most once, as soon as `status` may answer anything else.
   * @returns      what ends the interest in it; undefined when that status may become another one without a word.
   */
  holds?(config: StringMap, onEnd: () => void): Cancel | undefined;
}

/** What a policy does with a plugin. Whoever opened the session looks after its settings and its end. */
export interface CallTypes {
  readonly apm: ApmCalls;
  readonly strategy: StrategyCalls;
  readonly target: TargetCalls;
}

export interface SessionTypes {
  readonly apm: ApmSession;
  readonly strategy: StrategySession;
  readonly target: TargetSession;
}

/**
 * Looks at a map of settings without using it; nothing found means good.
 *
 * @param env  environment variables, for fields that fall back on one.
 */
export type CheckConfig = (config: StringMap, env?: Env) => readonly Problem[];

/** The checks that plugins publish for the maps in policies. */
export interface PluginSchemas {
  /** @returns undefined for a plugin that publishes nothing, as a foreign executable: its maps pass as they are. */
  policyConfig(type: PluginType, label: string): CheckConfig | undefined;
}

/** A key that a plugin knows, as people read about it. */
export type Setting = Omit<Row, 'rows'>;

/** Every key that a plugin knows. */
export interface PublishedSettings {
  /** Of the `config` map in the agent's plugin block. */
  readonly agent: readonly Setting[];
  /** Of the strategy or target block in a policy; an APM has none. */
  readonly policy: readonly Setting[];
}

/** What a plugin finds around itself. */
export interface PluginWorld extends World {
  /** Environment variables of the process it runs in. */
  readonly env: Env;
}

/** A plugin as code: the SDK makes it, the plugin manager opens it in this process, and `serve` makes a process of it. */
export interface PluginDefinition<T extends PluginType = PluginType> extends PluginInfo {
  readonly type: T;
  /** Whether it reads the `nomad_*` keys, so that the agent's way to Nomad is of any use to it. */
  readonly usesNomad: boolean;
  /** What it tells of its settings. Left out, it publishes none. */
  readonly settings?: PublishedSettings;
  /** Checks the `config` map of an agent's plugin block. */
  readonly checkAgentConfig: CheckConfig;
  /** Checks the strategy or target block of a policy. An APM has none and finds nothing. */
  readonly checkPolicyConfig: CheckConfig;
  /** Makes a session that knows no settings yet: until `setConfig` has succeeded, its other calls throw `plugin_not_configured`. */
  open(world: PluginWorld): SessionTypes[T];
}

/** The key of a plugin's config map that says whether it inherits the agent's way to Nomad. Source: spec plugins.md §5. */
export const inheritKey = 'nomad_config_inherit';
