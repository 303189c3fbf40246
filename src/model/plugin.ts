/** What an APM, a strategy and a target offer: sessions, whether they run in this process or behind gRPC. */
import type { World } from '../lib/world.ts';
import type { Action, Meta } from './action.ts';
import type { Metric, TimeRange } from './metric.ts';
import type { StringMap } from './policy.ts';
import type { Outcome, TargetStatus } from './target.ts';

export type PluginType = 'apm' | 'strategy' | 'target';

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

export interface ApmSession extends Session {
  /** @returns the points of the range, of one series. Order does not matter; empty means no data. */
  query(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly Metric[]>;
  queryMultiple(query: string, range: TimeRange, signal: AbortSignal): Awaitable<readonly (readonly Metric[])[]>;
}

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

export interface StrategySession extends Session {
  /** @returns undefined when there is nothing to say, as for no metrics. */
  run(input: StrategyInput, signal: AbortSignal): Awaitable<Action | undefined>;
}

export interface TargetSession extends Session {
  /** @returns undefined when the target does not exist. */
  status(config: StringMap, signal: AbortSignal): Awaitable<TargetStatus | undefined>;
  scale(action: Action, config: StringMap, signal: AbortSignal): Awaitable<Outcome>;
}

export interface SessionTypes {
  readonly apm: ApmSession;
  readonly strategy: StrategySession;
  readonly target: TargetSession;
}

/** What somebody should know about one key of a map of settings. */
export interface ConfigFinding {
  /**
   * `invalid`: the map cannot be used as it stands (a bad or missing value). `unknown`: there is no such key, and it is left
   * out. `renamed`: taken for the key that was meant, as for another case or a known misspelling.
   */
  readonly kind: 'invalid' | 'unknown' | 'renamed';
  /** As it stands in the map; the missing key when it is missing. */
  readonly key: string;
  /** A sentence with the key and, where one is near, the known name. */
  readonly detail: string;
}

/** Looks at a map of settings without using it; nothing found means good. */
export type CheckConfig = (config: StringMap) => readonly ConfigFinding[];

/** The checks that plugins publish for the maps in policies. */
export interface PluginSchemas {
  /** @returns undefined for a plugin that publishes nothing, as a foreign executable: its maps pass as they are. */
  policyConfig(type: PluginType, label: string): CheckConfig | undefined;
}

/** A plugin as code: the SDK makes it, the plugin manager opens it in this process, and `serve` makes a process of it. */
export interface PluginDefinition<T extends PluginType = PluginType> extends PluginInfo {
  readonly type: T;
  /** Checks the `config` map of an agent's plugin block. */
  readonly checkAgentConfig: CheckConfig;
  /** Checks the strategy or target block of a policy. An APM has none and finds nothing. */
  readonly checkPolicyConfig: CheckConfig;
  /** Makes a session that knows no settings yet: until `setConfig` has succeeded, its other calls throw `plugin_not_configured`. */
  open(world: World): SessionTypes[T];
}
