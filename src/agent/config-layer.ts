/** From a parsed file to a layer of configuration, with what does not hold although it could be read. Pure. */
import { logLevels, parseLogLevel } from '../lib/log.ts';
import { nearest, orMeant } from '../lib/nearest.ts';
import { formatPlace, type Range } from '../lib/source.ts';
import type { PluginType } from '../model/plugin.ts';
import type { Located } from '../schema/schema.ts';
import type { ConfigLayer, PluginLayer, PolicySources } from './config.ts';
import type { ConfigFile } from './config-schema.ts';

/** A finding about the configuration: one line, with its place where it has one. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface ReadLayer {
  readonly layer: ConfigLayer;
  readonly findings: readonly Finding[];
}

export function layerOf(file: ConfigFile): ReadLayer {
  const { policy, policyEval, telemetry, highAvailability, nomad } = file;
  const layer: ConfigLayer = {
    logLevel: file.logLevel.value,
    logJson: file.logJson,
    logIncludeLocation: file.logIncludeLocation,
    enableDebug: file.enableDebug,
    pluginDir: file.pluginDir.value,
    http: file.http ?? {},
    nomad: { ...nomad, blockQueryWaitTimeMs: nomad?.blockQueryWaitTimeMs.value },
    policy: {
      dir: policy?.dir.value,
      defaultCooldownMs: policy?.defaultCooldownMs.value,
      defaultEvaluationIntervalMs: policy?.defaultEvaluationIntervalMs.value,
      strict: policy?.strict,
    },
    policySources: sourcesOf(policy?.source ?? []),
    policyEval: { deliveryLimit: policyEval?.deliveryLimit.value, ackTimeoutMs: policyEval?.ackTimeoutMs.value },
    workers: policyEval?.workers.value ?? {},
    telemetry: {
      ...telemetry,
      prometheusRetentionTimeMs: telemetry?.prometheusRetentionTimeMs.value,
      collectionIntervalMs: telemetry?.collectionIntervalMs.value,
    },
    highAvailability: {
      ...highAvailability,
      lockTtlMs: highAvailability?.lockTtlMs.value,
      lockDelayMs: highAvailability?.lockDelayMs.value,
    },
    plugins: [
      ...pluginsOf('apm', file.apm),
      ...pluginsOf('target', file.target),
      ...pluginsOf('strategy', file.strategy),
    ],
  };
  return { layer, findings: [...findingsOf(file), ...layerFindings(layer, (key) => placeOf(file, key))] };
}

type PluginBlocks = ConfigFile['apm'];

/** Two blocks of one label collapse: the last one counts. */
function pluginsOf(type: PluginType, blocks: PluginBlocks): readonly PluginLayer[] {
  const byLabel = new Map<string, PluginLayer>();
  for (const { label, value } of blocks) {
    const { driver, args = [], isolation, autoMtls, checksum } = value;
    const startTimeoutMs = value.startTimeoutMs.value;
    const { value: config = {}, rangeOf } = value.config;
    byLabel.set(label, {
      type,
      label,
      driver,
      args,
      config,
      ...placesOf(Object.keys(config), rangeOf),
      ...(isolation === undefined ? {} : { isolation }),
      ...(autoMtls === undefined ? {} : { autoMtls }),
      ...(checksum === undefined ? {} : { checksum }),
      ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
    });
  }
  return [...byLabel.values()];
}

function placesOf(keys: readonly string[], rangeOf: (key: string) => Range | undefined): Pick<PluginLayer, 'places'> {
  const places: Record<string, string> = {};
  for (const key of keys) {
    const range = rangeOf(key);
    if (range !== undefined) places[key] = formatPlace(range);
  }
  return keys.length === 0 ? {} : { places };
}

type SourceBlocks = NonNullable<ConfigFile['policy']>['source'];

function sourcesOf(blocks: SourceBlocks): Partial<PolicySources> {
  return Object.fromEntries(blocks.map(({ label, value }) => [label, value.enabled]));
}

/** What only a file can get wrong. */
function findingsOf(file: ConfigFile): Finding[] {
  const findings: Finding[] = [];
  const at = (range: Range | undefined) => (range === undefined ? '' : `${formatPlace(range)}: `);
  const limit = file.policyEval?.deliveryLimit;
  if (limit?.value !== undefined && limit.value <= 0) {
    findings.push(error(`${at(limit.range)}policy_workers -> delivery_limit must be bigger than 0`));
  }
  for (const { label, range } of file.policy?.source ?? []) {
    if (label === 'file' || label === 'nomad') continue;
    findings.push(error(`${at(range)}source[${label}] -> invalid source "${label}"`));
  }
  for (const [name, { value, range }] of Object.entries(file.dynamicApplicationSizing ?? {})) {
    if (!isZero(value))
      findings.push(error(`${at(range)}${enterpriseOnly(`dynamic_application_sizing -> ${snake(name)}`)}`));
  }
  for (const blocks of [file.apm, file.target, file.strategy]) {
    const seen = new Map<string, Range>();
    for (const { label, range, value } of blocks) {
      const { value: startMs, range: where } = value.startTimeoutMs;
      if (startMs !== undefined && startMs <= 0) findings.push(error(`${at(where)}start_timeout must be positive`));
      const above = seen.get(label);
      if (above !== undefined) {
        const advice = `the block at ${formatPlace(above)} is not used, remove one of them`;
        findings.push(warning(`${at(range)}the label "${label}" stands here again: this block counts, ${advice}`));
      }
      seen.set(label, range);
    }
  }
  return findings;
}

/** What a file and the command line can get wrong alike. @param place  `agent.hcl:3:5: ` of a key, or nothing. */
export function layerFindings(layer: ConfigLayer, place: (key: string) => string): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [queue, count] of Object.entries(layer.workers ?? {})) {
    const where = place('workers');
    if (count < 0) findings.push(error(`${where}policy_workers -> number of workers for "${queue}" must be positive`));
    if (queue === 'cluster' || queue === 'horizontal') continue;
    const hint = orMeant(nearest(queue, ['cluster', 'horizontal']));
    findings.push(warning(`${where}there is no queue "${queue}"${hint}`));
  }
  const durations = {
    default_cooldown: layer.policy?.defaultCooldownMs,
    default_evaluation_interval: layer.policy?.defaultEvaluationIntervalMs,
    collection_interval: layer.telemetry?.collectionIntervalMs,
    prometheus_retention_time: layer.telemetry?.prometheusRetentionTimeMs,
    block_query_wait_time: layer.nomad?.blockQueryWaitTimeMs,
    lock_ttl: layer.highAvailability?.lockTtlMs,
    lock_delay: layer.highAvailability?.lockDelayMs,
    ack_timeout: layer.policyEval?.ackTimeoutMs,
  };
  for (const [key, ms = 0] of Object.entries(durations)) {
    if (ms < 0) findings.push(error(`${place(key)}${key} must not be negative`));
  }
  for (const [key, path] of [['dir', layer.policy?.dir] as const, ['plugin_dir', layer.pluginDir] as const]) {
    if (path !== undefined && isUnexpanded(path)) {
      findings.push(error(`${place(key)}the path ${path} ${unexpanded}`));
    }
  }
  const { statsiteAddress, statsdAddress, dogstatsdAddress } = layer.telemetry ?? {};
  const servers = {
    statsite_address: statsiteAddress,
    statsd_address: statsdAddress,
    dogstatsd_address: dogstatsdAddress,
  };
  for (const [key, address = ''] of Object.entries(servers)) {
    if (address === '' || isHostPort(address)) continue;
    findings.push(error(`${place(key)}${key} must be host:port, such as 127.0.0.1:8125, not "${address}"`));
  }
  for (const [key, value] of Object.entries(withoutEffect(layer))) {
    if (value) findings.push(warning(`${place(key)}${key} has no effect here`));
  }
  const level = layer.logLevel ?? '';
  if (level !== '' && parseLogLevel(level) === undefined) {
    const meant = logLevels.find((known) => level.toLowerCase().startsWith(known)) ?? nearest(level, logLevels);
    findings.push(warning(`${place('log_level')}there is no log level "${level}", so it is info${orMeant(meant)}`));
  }
  return findings;
}

/** Accepted, so that a configuration of upstream's still runs. */
function withoutEffect({ policyEval, telemetry }: ConfigLayer): Readonly<Record<string, string | number | undefined>> {
  return {
    delivery_limit: policyEval?.deliveryLimit,
    ack_timeout: policyEval?.ackTimeoutMs,
    circonus_api_token: telemetry?.circonusApiToken,
    circonus_submission_url: telemetry?.circonusSubmissionUrl,
  };
}

/** `agent.hcl:3:5: ` */
function placeOf(file: ConfigFile, key: string): string {
  const places: Readonly<Record<string, Located<unknown> | undefined>> = {
    workers: file.policyEval?.workers,
    ack_timeout: file.policyEval?.ackTimeoutMs,
    delivery_limit: file.policyEval?.deliveryLimit,
    default_cooldown: file.policy?.defaultCooldownMs,
    default_evaluation_interval: file.policy?.defaultEvaluationIntervalMs,
    dir: file.policy?.dir,
    collection_interval: file.telemetry?.collectionIntervalMs,
    prometheus_retention_time: file.telemetry?.prometheusRetentionTimeMs,
    block_query_wait_time: file.nomad?.blockQueryWaitTimeMs,
    lock_ttl: file.highAvailability?.lockTtlMs,
    lock_delay: file.highAvailability?.lockDelayMs,
    plugin_dir: file.pluginDir,
    log_level: file.logLevel,
  };
  const range = places[key]?.range;
  return range === undefined ? '' : `${formatPlace(range)}: `;
}

/** An empty host is this machine. */
function isHostPort(address: string): boolean {
  const [, port] = /^(?:\[[\da-f:.]+\]|[^:\s/]*):(\d{1,5})$/i.exec(address) ?? [];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

/** True for a path with a shell's or Nomad's variable in it, which nobody replaced. */
export function isUnexpanded(path: string): boolean {
  return /\$\{\w+\}|\$[A-Z_]{2,}/.test(path);
}

export const unexpanded = 'contains a variable that was never expanded';

export const enterpriseOnly = (what: string): string => `${what} is only supported in Nomad Autoscaler Enterprise`;

/** Compat: an attribute that says nothing is let through. */
function isZero(value: string | undefined): boolean {
  return value === undefined || value === '' || /^0+(ns|us|µs|ms|s|m|h)?$/.test(value);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const error = (text: string): Finding => ({ severity: 'error', text });
const warning = (text: string): Finding => ({ severity: 'warning', text });
