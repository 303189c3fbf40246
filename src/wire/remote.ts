/** A plugin behind gRPC as the sessions of the model. */
import type { Channel } from '../goplugin/channel.ts';
import { RpcError, status } from '../goplugin/status.ts';
import { parseDuration } from '../lib/duration.ts';
import type { ApmSession, PluginInfo, PluginType, StrategySession, TargetSession } from '../model/plugin.ts';
import { type StringMap, targetKeys } from '../model/policy.ts';
import { noOp, scaled } from '../model/target.ts';
import {
  actionFromWire,
  actionToWire,
  checkToWire,
  countToWire,
  metricFromWire,
  metricToWire,
  rangeToWire,
  wireError,
} from './convert.ts';
import { APMPluginServiceService as Apm } from './generated/plugins/apm.ts';
import { BasePluginServiceService as Base, PluginType as WireType } from './generated/plugins/base.ts';
import { ScalingDirection } from './generated/plugins/shared.ts';
import { StrategyPluginServiceService as Strategy } from './generated/plugins/strategy.ts';
import { TargetPluginServiceService as Target } from './generated/plugins/target.ts';
import { statusFromWire } from './status.ts';

const typeNames: Readonly<Record<number, PluginType>> = {
  [WireType.PLUGIN_TYPE_APM]: 'apm',
  [WireType.PLUGIN_TYPE_STRATEGY]: 'strategy',
  [WireType.PLUGIN_TYPE_TARGET]: 'target',
};

/** What the plugin says that it is. @throws `RpcError`; `plugin_wire_invalid` for a type that does not exist. */
export async function pluginInfo(channel: Channel, signal: AbortSignal): Promise<PluginInfo> {
  const { name, type } = await channel.unary(Base.pluginInfo, {}, signal);
  const known = typeNames[type];
  if (known === undefined) {
    const text = type === WireType.PLUGIN_TYPE_UNSPECIFIED ? 'PLUGIN_TYPE_UNSPECIFIED' : String(type);
    throw wireError(`plugin is of unknown type: "${text}"`);
  }
  return { name, type: known };
}

/** @param close  ends whatever the channel belongs to; the wire itself has no such call. */
export function remoteApm(channel: Channel, close: () => Promise<void>): ApmSession {
  return {
    ...base(channel, close),
    async query(query, range, signal) {
      const answer = await channel.unary(Apm.query, { query, timeRange: rangeToWire(range) }, signal);
      return answer.timestampedMetric.map(metricFromWire);
    },
    async queryMultiple(query, range, signal) {
      const answer = await channel.unary(Apm.queryMultiple, { query, timeRange: rangeToWire(range) }, signal);
      return answer.timestampedMetric.map((series) => series.timestampedMetric.map(metricFromWire));
    },
  };
}

/** Compat: the request's action is present and empty, so the meta that an action begins with is put back here. */
export function remoteStrategy(channel: Channel, close: () => Promise<void>): StrategySession {
  return {
    ...base(channel, close),
    async run(input, signal) {
      const request = {
        action: emptyAction,
        check: checkToWire(input),
        timestampedMetric: input.metrics.map(metricToWire),
        count: countToWire(input.count),
      };
      const { action } = await channel.unary(Strategy.run, request, signal);
      if (action === undefined) return undefined;
      const wanted = actionFromWire(action);
      return { ...wanted, meta: { ...input.meta, ...wanted.meta } };
    },
  };
}

const emptyAction = {
  count: 0n,
  reason: '',
  error: false,
  direction: ScalingDirection.SCALING_DIRECTION_UNSPECIFIED,
  meta: undefined,
};

export function remoteTarget(channel: Channel, close: () => Promise<void>): TargetSession {
  return {
    ...base(channel, close),
    async status(config, signal) {
      const limit = config[targetKeys.grpcTimeout];
      const timeoutMs = limit === undefined ? undefined : parseDuration(limit);
      try {
        return statusFromWire(await channel.unary(Target.status, { config: { ...config } }, signal, timeoutMs));
      } catch (error) {
        if (hasStatus(error, status.notFound)) return undefined;
        throw error;
      }
    },
    async scale(action, config, signal) {
      try {
        await channel.unary(Target.scale, { action: actionToWire(action), config: { ...config } }, signal);
        return scaled;
      } catch (error) {
        if (error instanceof RpcError && error.status === status.aborted) return noOp(error.details);
        throw error;
      }
    },
  };
}

const hasStatus = (error: unknown, code: number): boolean => error instanceof RpcError && error.status === code;

function base(channel: Channel, close: () => Promise<void>) {
  return {
    async setConfig(config: StringMap, signal: AbortSignal): Promise<void> {
      await channel.unary(Base.setConfig, { config: { ...config } }, signal);
    },
    close,
  };
}
