/** What the agent tells and takes over HTTP. The agent fills it in; nothing here knows the agent. */
import type { MetricsDocument } from '../lib/telemetry-document.ts';
import type { PluginType } from '../model/plugin.ts';
import type { Policy } from '../model/policy.ts';
import type { TickReport } from '../model/tick.ts';

export interface AgentView {
  readiness(): Readiness;
  /** In no order. */
  policies(): readonly PolicyView[];
  policy(id: string): PolicyView | undefined;
  plugins(): readonly PluginView[];
  /** The newest finished interval of our own metrics. */
  metrics(): MetricsDocument;
  /** The Prometheus text in portions; undefined when the operator did not switch it on. */
  exposition(): AsyncIterable<string> | undefined;
  /** Reads the configuration again. @throws when it does not hold; what ran before goes on. */
  reload(): Promise<void>;
}

export interface Readiness {
  /**
   * `starting`: plugins or policies are not loaded yet. `degraded`: all is loaded, but something does not work as
   * written; see the problems. `standby`: another agent leads, this one is ready to take over. `stopping`: no policy is looked at any more.
   */
  readonly status: 'starting' | 'standby' | 'ready' | 'degraded' | 'stopping';
  /** What does not work: each a sentence with its place, as `web.hcl:14:5: …` or `plugin os-nova: …`. */
  readonly problems: readonly string[];
  /** What works but deserves a look. */
  readonly warnings: readonly string[];
}

export interface PolicyView {
  readonly policy: Policy;
  /** Undefined while it waits to be started. */
  readonly phase?: 'idle' | 'waiting' | 'scaling' | 'cooldown';
  /** Epoch milliseconds, while in force. */
  readonly cooldownUntil?: number;
  readonly nextTickAt?: number;
  /** Recent rounds, oldest first. */
  readonly reports: readonly TickReport[];
}

export interface PluginView {
  readonly label: string;
  readonly type: PluginType;
  readonly driver: string;
  readonly state: string;
  /** Where it runs. */
  readonly isolation?: string;
  /** The executable and its process, while there is one. */
  readonly path?: string;
  readonly pid?: number;
  /** Since when it is in that state, epoch milliseconds. */
  readonly since: number;
  /** Starts after an end that nobody asked for. */
  readonly restarts: number;
  readonly deadlinesMissed: number;
  /** While calls to it are refused because it does not answer; epoch milliseconds. */
  readonly circuit?: { readonly openSince: number; readonly nextTryAt: number; readonly unanswered: number };
  /** Why it does not run, or is not asked. */
  readonly error?: string;
  /** The last failure, also after it runs again. */
  readonly lastError?: string;
}
