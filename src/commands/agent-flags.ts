/** The flags of `agent`, and what they say about the configuration. Source: spec agent.md §3.3–3.5. */
import type { ConfigLayer } from '../agent/config.ts';
import { enterpriseOnly } from '../agent/config-layer.ts';
import { errorList, usageError } from '../lib/error.ts';
import {
  boolFlag,
  durationFlag,
  type Flag,
  type FlagValues,
  integerFlag,
  listFlag,
  parseFlags,
  terseDurationFlag,
  textFlag,
} from '../lib/flags.ts';

/** `horizontal:1,cluster:2`; of several the last counts. Blanks are not taken away. */
const workersFlag: Flag<Readonly<Record<string, number>>> = {
  isBool: false,
  read(text) {
    const entries = text.split(',').map((part): readonly [string, number] => {
      const [queue = '', count, ...more] = part.split(':');
      if (count === undefined || more.length > 0) {
        throw usageError('invalid_flag', `"${part}" should be in <key>:<value> format`);
      }
      if (!/^[+-]?\d+$/.test(count)) throw usageError('invalid_flag', `"${count}" is not a number`);
      return [queue, Number(count)];
    });
    return Object.fromEntries(entries);
  },
};

export const agentFlags = {
  config: listFlag,
  'log-level': textFlag,
  'log-json': boolFlag,
  'log-include-location': boolFlag,
  'enable-debug': boolFlag,
  'plugin-dir': textFlag,
  dev: boolFlag,
  'das-evaluate-after': durationFlag,
  'das-metrics-preload-threshold': durationFlag,
  'das-namespace-label': textFlag,
  'das-job-label': textFlag,
  'das-group-label': textFlag,
  'das-task-label': textFlag,
  'das-cpu-metric': textFlag,
  'das-memory-metric': textFlag,
  'http-bind-address': textFlag,
  'http-bind-port': integerFlag,
  'nomad-address': textFlag,
  'nomad-region': textFlag,
  'nomad-namespace': listFlag,
  'nomad-token': textFlag,
  'nomad-http-auth': textFlag,
  'nomad-ca-cert': textFlag,
  'nomad-ca-path': textFlag,
  'nomad-client-cert': textFlag,
  'nomad-client-key': textFlag,
  'nomad-tls-server-name': textFlag,
  'nomad-skip-verify': boolFlag,
  'nomad-block-query-wait-time': terseDurationFlag,
  'policy-dir': textFlag,
  'policy-default-cooldown': durationFlag,
  'policy-default-evaluation-interval': durationFlag,
  'policy-eval-ack-timeout': durationFlag,
  'policy-eval-delivery-limit': integerFlag,
  'policy-eval-workers': workersFlag,
  'policy-source-disable-file': boolFlag,
  'policy-source-disable-nomad': boolFlag,
  'telemetry-disable-hostname': boolFlag,
  'telemetry-enable-hostname-label': boolFlag,
  'telemetry-collection-interval': durationFlag,
  'telemetry-statsite-address': textFlag,
  'telemetry-statsd-address': textFlag,
  'telemetry-dogstatsd-address': textFlag,
  'telemetry-dogstatsd-tags': listFlag,
  'telemetry-prometheus-metrics': boolFlag,
  'telemetry-prometheus-retention-time': durationFlag,
  'telemetry-circonus-api-token': textFlag,
  'telemetry-circonus-api-app': textFlag,
  'telemetry-circonus-api-url': textFlag,
  'telemetry-circonus-submission-interval': textFlag,
  'telemetry-circonus-submission-url': textFlag,
  'telemetry-circonus-check-id': textFlag,
  'telemetry-circonus-check-force-metric-activation': textFlag,
  'telemetry-circonus-check-instance-id': textFlag,
  'telemetry-circonus-check-search-tag': textFlag,
  'telemetry-circonus-check-tags': textFlag,
  'telemetry-circonus-check-display-name': textFlag,
  'telemetry-circonus-broker-id': textFlag,
  'telemetry-circonus-broker-select-tag': textFlag,
  'high-availability-enabled': boolFlag,
  'high-availability-lock-namespace': textFlag,
  'high-availability-lock-path': textFlag,
  'high-availability-lock-ttl': terseDurationFlag,
  'high-availability-lock-delay': terseDurationFlag,
};

type Values = FlagValues<typeof agentFlags>;

export interface AgentCommandLine {
  /** Values of `-config`. */
  readonly paths: readonly string[];
  readonly layer: ConfigLayer;
  /** Run against the embedded Nomad. */
  readonly dev: boolean;
}

/**
 * Reads the command line of `agent`.
 *
 * @throws `invalid_flag` (usage): for stderr. `enterprise_only` (usage): for stdout, as upstream prints it. An operand is
 *         refused, where upstream passes over everything from it on (Q-A1).
 */
export function readAgentFlags(args: readonly string[]): AgentCommandLine {
  const { values, operands } = parseFlags(agentFlags, args);
  const [operand] = operands;
  if (operand !== undefined) {
    throw usageError(
      'invalid_flag',
      `unexpected argument ${JSON.stringify(operand)}: a flag begins with a dash, and a boolean takes its value as -name=false`,
    );
  }
  refuseEnterprise(values);
  return { paths: values.config ?? [], layer: layerOf(values), dev: values.dev ?? false };
}

function refuseEnterprise(values: Values): void {
  const given = Object.keys(values)
    .filter((name) => name.startsWith('das-'))
    .sort();
  if (given.length === 0) return;
  throw usageError('enterprise_only', errorList(given.map((name) => enterpriseOnly(`-${name}`))));
}

function layerOf(values: Values): ConfigLayer {
  const workers = values['policy-eval-workers'];
  return {
    logLevel: values['log-level'],
    logJson: values['log-json'],
    logIncludeLocation: values['log-include-location'],
    enableDebug: values['enable-debug'],
    pluginDir: values['plugin-dir'],
    http: { bindAddress: values['http-bind-address'], bindPort: values['http-bind-port'] },
    nomad: {
      address: values['nomad-address'],
      region: values['nomad-region'],
      namespace: values['nomad-namespace'],
      token: values['nomad-token'],
      httpAuth: values['nomad-http-auth'],
      caCert: values['nomad-ca-cert'],
      caPath: values['nomad-ca-path'],
      clientCert: values['nomad-client-cert'],
      clientKey: values['nomad-client-key'],
      tlsServerName: values['nomad-tls-server-name'],
      skipVerify: values['nomad-skip-verify'],
      blockQueryWaitTimeMs: values['nomad-block-query-wait-time'],
    },
    policy: {
      dir: values['policy-dir'],
      defaultCooldownMs: values['policy-default-cooldown'],
      defaultEvaluationIntervalMs: values['policy-default-evaluation-interval'],
    },
    policySources: {
      file: negated(values['policy-source-disable-file']),
      nomad: negated(values['policy-source-disable-nomad']),
    },
    policyEval: {
      ackTimeoutMs: values['policy-eval-ack-timeout'],
      deliveryLimit: values['policy-eval-delivery-limit'],
    },
    ...(workers === undefined ? {} : { workers }),
    telemetry: telemetryOf(values),
    highAvailability: {
      enabled: values['high-availability-enabled'],
      lockNamespace: values['high-availability-lock-namespace'],
      lockPath: values['high-availability-lock-path'],
      lockTtlMs: values['high-availability-lock-ttl'],
      lockDelayMs: values['high-availability-lock-delay'],
    },
  };
}

function telemetryOf(values: Values): NonNullable<ConfigLayer['telemetry']> {
  return {
    prometheusMetrics: values['telemetry-prometheus-metrics'],
    prometheusRetentionTimeMs: values['telemetry-prometheus-retention-time'],
    disableHostname: values['telemetry-disable-hostname'],
    enableHostnameLabel: values['telemetry-enable-hostname-label'],
    collectionIntervalMs: values['telemetry-collection-interval'],
    statsiteAddress: values['telemetry-statsite-address'],
    statsdAddress: values['telemetry-statsd-address'],
    dogstatsdAddress: values['telemetry-dogstatsd-address'],
    dogstatsdTags: values['telemetry-dogstatsd-tags'],
    circonusApiToken: values['telemetry-circonus-api-token'],
    circonusApiApp: values['telemetry-circonus-api-app'],
    circonusApiUrl: values['telemetry-circonus-api-url'],
    circonusSubmissionInterval: values['telemetry-circonus-submission-interval'],
    circonusSubmissionUrl: values['telemetry-circonus-submission-url'],
    circonusCheckId: values['telemetry-circonus-check-id'],
    circonusCheckForceMetricActivation: values['telemetry-circonus-check-force-metric-activation'],
    circonusCheckInstanceId: values['telemetry-circonus-check-instance-id'],
    circonusCheckSearchTag: values['telemetry-circonus-check-search-tag'],
    circonusCheckTags: values['telemetry-circonus-check-tags'],
    circonusCheckDisplayName: values['telemetry-circonus-check-display-name'],
    circonusBrokerId: values['telemetry-circonus-broker-id'],
    circonusBrokerSelectTag: values['telemetry-circonus-broker-select-tag'],
  };
}

/** `-disable-x` speaks of what the configuration calls `x`. */
function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}
