/** The agent's block, as the target reads it: what holds for all pools of a cloud. */
import { usageError } from 'nomad-autoscaler/sdk';
import type { PoolConfig } from './config.ts';
import type { CloudConfig } from './config-cloud.ts';
import { readIgnoredStates } from './count.ts';
import { isOn } from './lists.ts';
import type { Balancer } from './mark.ts';
import { type NodeMap, nodeMap } from './node-map.ts';

export interface Settings {
  readonly actionTimeoutMs: number;
  readonly scaleTimeoutMs: number;
  readonly statusTimeoutMs: number;
  readonly ignoredStates: ReadonlySet<string>;
  readonly stopFirst: boolean;
  readonly forceDelete: boolean;
  readonly nodes: NodeMap;
  readonly balancer: BalancerConfig;
}

type BalancerConfig = Pick<PoolConfig, 'lbPoolId' | 'lbMemberPort' | 'lbSubnetId'>;

/** @throws `invalid_config` (usage). */
export function settingsOf(config: CloudConfig): Settings {
  const { actionTimeoutMs, scaleTimeoutMs, statusTimeoutMs } = config;
  balancerOf(config, config); // what is wrong with it shows at once
  return {
    ...{ actionTimeoutMs, scaleTimeoutMs, statusTimeoutMs },
    ignoredStates: readIgnoredStates(config.ignoredStates),
    stopFirst: isOn(config.stopFirst),
    forceDelete: isOn(config.forceDelete),
    nodes: nodeMap(config),
    balancer: { lbPoolId: config.lbPoolId, lbMemberPort: config.lbMemberPort, lbSubnetId: config.lbSubnetId },
  };
}

/**
 * Which load balancer the servers of a pool belong to: each key from the policy, else from the plugin's block.
 *
 * @throws `invalid_config` (usage). Compat: the text.
 */
export function balancerOf(policy: BalancerConfig, plugin: BalancerConfig): Balancer | undefined {
  const poolId = policy.lbPoolId ?? plugin.lbPoolId;
  const port = policy.lbMemberPort ?? plugin.lbMemberPort;
  const subnetId = policy.lbSubnetId ?? plugin.lbSubnetId;
  if (poolId === undefined) return undefined;
  if (port === undefined) {
    throw usageError('invalid_config', "if 'lb_pool_id' is specified, required config param 'lb_member_port'");
  }
  return { poolId, port, ...(subnetId !== undefined && { subnetId }) };
}
