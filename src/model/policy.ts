/** One `scaling` block, decoded, with every default filled in. */
import type { Schedule } from './schedule.ts';

/** Settings as they cross the plugin wire: every value is a text. */
export type StringMap = Readonly<Record<string, string>>;

export type PolicySource = 'file' | 'nomad';

/** What an error of a check means: leave the check out, or end the tick. Unset: it may not vote, and nothing is scaled in on that tick. */
export type OnError = 'ignore' | 'fail' | undefined;

export interface Policy {
  /** A UUID: Nomad's own, or derived from file and name and so the same after a restart. */
  readonly id: string;
  /** The block's label; of a policy of a job `<job>/<group>`. */
  readonly name: string;
  readonly source: PolicySource;
  /** `web.hcl:3:1`, for a file policy. */
  readonly origin?: string;
  /** `cluster` or `horizontal`. */
  readonly type: string;
  readonly min: number;
  readonly max: number;
  readonly cooldownMs: number;
  readonly cooldownOnScaleUpMs: number;
  readonly evaluationIntervalMs: number;
  readonly onCheckError: OnError;
  /** Outside of it nothing happens at all. */
  readonly schedule?: Schedule;
  /** In document order; at least one. */
  readonly checks: readonly Check[];
  readonly target: PluginUse;
  /** What was accepted but deserves a look, each with its place. */
  readonly warnings: readonly string[];
}

export interface Check {
  readonly name: string;
  /** Label of the APM. */
  readonly source: string;
  readonly query: string;
  readonly queryWindowMs: number;
  readonly queryWindowOffsetMs: number;
  /** Ask for one instant instead of a window. */
  readonly queryInstant: boolean;
  /** Checks of one group are judged together; `""` is the group of the rest. */
  readonly group: string;
  readonly onError: OnError;
  readonly schedule?: Schedule;
  readonly strategy: PluginUse;
}

/** A strategy or target block of a policy: the label of a configured plugin, and its own settings. */
export interface PluginUse {
  readonly name: string;
  readonly config: StringMap;
}

/** Compat: the one strategy that decides without metrics, known by its label. */
export const strategyWithoutMetrics = 'fixed-value';

/** Config keys of targets that the policy layer itself reads. Case matters. Source: spec plugins.md §1.3. */
export const targetKeys = {
  job: 'Job',
  group: 'Group',
  namespace: 'Namespace',
  nodeClass: 'node_class',
  nodePool: 'node_pool',
  datacenter: 'datacenter',
  dryRun: 'dry-run',
  /** Set by us: the deadline of a status call, Go duration text. */
  grpcTimeout: '_nomad_autoscaler_grpc_timeout',
} as const;

export type TargetKind = 'task-group' | 'node-pool' | 'other';

/** Presence of the keys decides, even with an empty value. Source: spec policy.md §1. */
export function targetKind(config: StringMap): TargetKind {
  if (targetKeys.job in config && targetKeys.group in config) return 'task-group';
  const ofPool = [targetKeys.nodeClass, targetKeys.datacenter, targetKeys.nodePool];
  return ofPool.some((key) => key in config) ? 'node-pool' : 'other';
}
