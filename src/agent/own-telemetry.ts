/** The agent's own metrics: set up by the configuration, read by HTTP and by SIGUSR1. */
import type { Cancel, Clock } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { createTelemetry, type TelemetryStore } from '../lib/telemetry.ts';
import { dogstatsdPush, statsdPush } from '../lib/telemetry-push.ts';
import { type Memory, processCollectors, watchRuntime } from '../lib/telemetry-runtime.ts';
import type { TelemetryConfig } from './config.ts';
import { MetricPush, type OpenMetricSocket } from './metric-push.ts';

export interface OwnTelemetry {
  readonly store: TelemetryStore;
  /** Undefined unless the Prometheus endpoint is switched on. */
  readonly exposition: () => AsyncIterable<string> | undefined;
  readonly close: Cancel;
}

export interface TelemetryParts {
  readonly clock: Clock;
  readonly hostName: string;
  readonly memory: () => Memory;
  /** Of the HTTP server. */
  readonly log: Logger;
  readonly metricSocket: OpenMetricSocket;
}

export function openTelemetry(config: TelemetryConfig, parts: TelemetryParts): OwnTelemetry {
  const servers = openServers(config, parts);
  const store = createTelemetry({
    clock: parts.clock,
    service: 'nomad-autoscaler',
    hostName: parts.hostName,
    disableHostname: config.disableHostname,
    enableHostnameLabel: config.enableHostnameLabel,
    retentionMs: config.prometheusRetentionTimeMs,
    pushes: servers.pushes,
  });
  const stopWatching = watchRuntime(store, parts.clock, parts.memory);
  const collectors = processCollectors();
  const log = parts.log.named('prometheus_handler');
  return {
    store,
    exposition: () => (config.prometheusMetrics ? everything(store, collectors, log) : undefined),
    close() {
      stopWatching();
      servers.close();
    },
  };
}

/** Servers that get every value as it comes. */
function openServers(config: TelemetryConfig, { clock, log, metricSocket }: TelemetryParts) {
  const { statsiteAddress, statsdAddress, dogstatsdAddress, dogstatsdTags } = config;
  const open = (protocol: 'udp' | 'tcp', address: string) =>
    address === '' ? [] : [new MetricPush(protocol, address, { clock, log, open: metricSocket })];
  const plain = [...open('tcp', statsiteAddress), ...open('udp', statsdAddress)];
  const tagged = open('udp', dogstatsdAddress);
  return {
    pushes: [
      ...plain.map((server) => statsdPush((line) => server.write(line))),
      ...tagged.map((server) => dogstatsdPush((line) => server.write(line), dogstatsdTags)),
    ],
    close() {
      for (const server of [...plain, ...tagged]) server.close();
    },
  };
}

/** Ours first; a collector that fails takes nothing from the rest. */
async function* everything(
  store: TelemetryStore,
  collectors: () => Promise<string>,
  log: Logger,
): AsyncIterable<string> {
  yield* store.exposition();
  try {
    yield await collectors();
  } catch (error) {
    log.error('error gathering metrics', { error: explain(error) });
  }
}
