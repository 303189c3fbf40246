/** A plugin's session as gRPC services: the other side of remote.ts. */
import { type Service, unary } from '../goplugin/service.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type {
  ApmSession,
  PluginInfo,
  PluginType,
  PublishedSettings,
  SessionTypes,
  StrategySession,
  TargetSession,
} from '../model/plugin.ts';
import {
  actionToWire,
  checkFromWire,
  countFromWire,
  metricFromWire,
  metricToWire,
  orderFromWire,
  rangeFromWire,
  wireError,
} from './convert.ts';
import { APMPluginServiceService, type QueryMultipleRequest, type QueryRequest } from './generated/plugins/apm.ts';
import { BasePluginServiceService, type SetConfigRequest, PluginType as WireType } from './generated/plugins/base.ts';
import { type RunRequest, StrategyPluginServiceService } from './generated/plugins/strategy.ts';
import { type ScaleRequest, type StatusRequest, TargetPluginServiceService } from './generated/plugins/target.ts';
import { settingsService } from './settings.ts';
import { answerOf } from './status.ts';
import { statusesService } from './statuses-service.ts';

const typeNumbers: Readonly<Record<PluginType, WireType>> = {
  apm: WireType.PLUGIN_TYPE_APM,
  strategy: WireType.PLUGIN_TYPE_STRATEGY,
  target: WireType.PLUGIN_TYPE_TARGET,
};

/** A plugin of one type, ready to be called. */
export type Plugin = {
  readonly [T in PluginType]: {
    readonly info: PluginInfo & { readonly type: T };
    readonly session: SessionTypes[T];
    readonly settings?: PublishedSettings | undefined;
  };
}[PluginType];

/** The base service, those of its type, and what it publishes; the base service alone for a type that nobody knows. */
export function pluginServices({ info, session, settings }: Plugin): readonly Service[] {
  const published = settings === undefined ? [] : [settingsService(settings)];
  const base: Service = {
    definition: BasePluginServiceService,
    implementation: {
      pluginInfo: unary(() => ({ name: info.name, type: typeNumber(info.type) })),
      setConfig: unary(async ({ config }: SetConfigRequest, signal) => {
        await session.setConfig(config, signal);
        return {};
      }),
    },
  };
  switch (info.type) {
    case 'apm':
      return [base, apmService(session as ApmSession), ...published];
    case 'strategy':
      return [base, strategyService(session as StrategySession), ...published];
    case 'target': {
      const target = session as TargetSession;
      return [base, targetService(target), statusesService(target), ...published];
    }
    default: // of a plugin without types
      return [base];
  }
}

/** @throws `plugin_wire_invalid` for a type that nobody knows. */
function typeNumber(type: PluginType): WireType {
  if (Object.hasOwn(typeNumbers, type)) return typeNumbers[type];
  throw wireError(`plugin is of unknown type: ${JSON.stringify(type)}`);
}

function apmService(session: ApmSession): Service {
  return {
    definition: APMPluginServiceService,
    implementation: {
      query: unary(async ({ query, timeRange }: QueryRequest, signal) => {
        const metrics = await session.query(query, rangeFromWire(timeRange), signal);
        return { timestampedMetric: metrics.map(metricToWire) };
      }),
      queryMultiple: unary(async ({ query, timeRange }: QueryMultipleRequest, signal) => {
        const all = await session.queryMultiple(query, rangeFromWire(timeRange), signal);
        return { timestampedMetric: all.map((series) => ({ timestampedMetric: series.map(metricToWire) })) };
      }),
    },
  };
}

/** An absent action says that there is nothing to say. The request's own action is empty and not read. */
function strategyService(session: StrategySession): Service {
  return {
    definition: StrategyPluginServiceService,
    implementation: {
      run: unary(async ({ check, timestampedMetric, count }: RunRequest, signal) => {
        const input = {
          ...checkFromWire(check),
          count: countFromWire(count),
          metrics: timestampedMetric.map(metricFromWire),
          meta: {},
        };
        const action = await session.run(input, signal);
        return { action: action === undefined ? undefined : actionToWire(action), check, timestampedMetric };
      }),
    },
  };
}

/** Compat: a no-op travels as ABORTED with its reason. */
function targetService(session: TargetSession): Service {
  return {
    definition: TargetPluginServiceService,
    implementation: {
      status: unary(async ({ config }: StatusRequest, signal) => answerOf(await session.status(config, signal))),
      scale: unary(async ({ action, config }: ScaleRequest, signal) => {
        const outcome = await session.scale(orderFromWire(action), config, signal);
        if (outcome.kind === 'no-op') throw new RpcError(status.aborted, outcome.reason);
        return {};
      }),
    },
  };
}
