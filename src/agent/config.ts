/** The agent's configuration: its shape, its defaults, and how layers are laid over each other. Source: spec agent.md §5. */
import { defaultBlocks, mergeBlocks, type PluginBlock } from '../plugin-manager/catalog.ts';

export interface AgentConfig {
  /** As written; what names no level counts as `info`. */
  readonly logLevel: string;
  readonly logJson: boolean;
  readonly logIncludeLocation: boolean;
  readonly enableDebug: boolean;
  readonly pluginDir: string;
  readonly http: HttpConfig;
  readonly nomad: NomadConfig;
  readonly policy: PolicyConfig;
  readonly policySources: PolicySources;
  readonly policyEval: PolicyEvalConfig;
  /** Scale calls at once, by queue; only `cluster` and `horizontal` mean something. */
  readonly workers: Readonly<Record<string, number>>;
  readonly telemetry: TelemetryConfig;
  readonly highAvailability: HighAvailabilityConfig;
  readonly plugins: readonly PluginBlock[];
}

export interface HttpConfig {
  readonly bindAddress: string;
  readonly bindPort: number;
}

/** What is unset comes from the environment. */
export interface NomadConfig {
  readonly address: string;
  readonly region: string;
  /** Normalised: no blanks, no repetition, `*` alone. */
  readonly namespace: readonly string[];
  readonly token: string;
  /** `user` or `user:password`. */
  readonly httpAuth: string;
  readonly caCert: string;
  readonly caPath: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly tlsServerName: string;
  readonly skipVerify: boolean | undefined;
  readonly blockQueryWaitTimeMs: number;
}

export interface PolicyConfig {
  /** Empty: no directory. */
  readonly dir: string;
  readonly defaultCooldownMs: number;
  readonly defaultEvaluationIntervalMs: number;
  /** Settings that a plugin does not know are errors, not warnings. */
  readonly strict: boolean;
}

export interface PolicySources {
  readonly file: boolean;
  readonly nomad: boolean;
}

/** Accepted, without effect. Compat: Q-A2. */
export interface PolicyEvalConfig {
  readonly deliveryLimit: number;
  readonly ackTimeoutMs: number;
}

export interface TelemetryConfig {
  readonly prometheusMetrics: boolean;
  readonly prometheusRetentionTimeMs: number;
  readonly disableHostname: boolean;
  readonly enableHostnameLabel: boolean;
  readonly collectionIntervalMs: number;
  readonly statsiteAddress: string;
  readonly statsdAddress: string;
  readonly dogstatsdAddress: string;
  readonly dogstatsdTags: readonly string[];
  readonly circonusApiToken: string;
  readonly circonusApiApp: string;
  readonly circonusApiUrl: string;
  readonly circonusSubmissionInterval: string;
  readonly circonusSubmissionUrl: string;
  readonly circonusCheckId: string;
  readonly circonusCheckForceMetricActivation: string;
  readonly circonusCheckInstanceId: string;
  readonly circonusCheckSearchTag: string;
  readonly circonusCheckTags: string;
  readonly circonusCheckDisplayName: string;
  readonly circonusBrokerId: string;
  readonly circonusBrokerSelectTag: string;
}

export interface HighAvailabilityConfig {
  readonly enabled: boolean;
  readonly lockNamespace: string;
  readonly lockPath: string;
  readonly lockTtlMs: number;
  readonly lockDelayMs: number;
}

/** What one file, or the command line, says. Undefined, an empty text and 0 all mean: not said. */
export type ConfigLayer = {
  readonly [K in keyof Omit<AgentConfig, 'plugins' | 'workers'>]?: AgentConfig[K] extends string | boolean
    ? AgentConfig[K] | undefined
    : Said<AgentConfig[K]>;
} & { readonly workers?: AgentConfig['workers']; readonly plugins?: readonly PluginLayer[] };

export type Said<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A plugin block; whether its certificates were spoken of is still to be seen. */
export type PluginLayer = Omit<PluginBlock, 'autoMtls'> & { readonly autoMtls?: boolean };

/** @param cwd  the working directory, in which `plugins` is looked for. */
export function defaultConfig(cwd: string): AgentConfig {
  return {
    logLevel: 'info',
    logJson: false,
    logIncludeLocation: false,
    enableDebug: false,
    pluginDir: `${cwd}/plugins`,
    http: { bindAddress: '127.0.0.1', bindPort: 8080 },
    nomad: {
      address: '',
      region: '',
      namespace: [],
      token: '',
      httpAuth: '',
      caCert: '',
      caPath: '',
      clientCert: '',
      clientKey: '',
      tlsServerName: '',
      skipVerify: undefined,
      blockQueryWaitTimeMs: 300_000,
    },
    policy: { dir: '', defaultCooldownMs: 300_000, defaultEvaluationIntervalMs: 10_000, strict: false },
    policySources: { file: true, nomad: true },
    policyEval: { deliveryLimit: 1, ackTimeoutMs: 300_000 },
    workers: { cluster: 10, horizontal: 10 },
    telemetry: {
      prometheusMetrics: false,
      prometheusRetentionTimeMs: 0,
      disableHostname: false,
      enableHostnameLabel: false,
      collectionIntervalMs: 1_000,
      statsiteAddress: '',
      statsdAddress: '',
      dogstatsdAddress: '',
      dogstatsdTags: [],
      circonusApiToken: '',
      circonusApiApp: '',
      circonusApiUrl: '',
      circonusSubmissionInterval: '',
      circonusSubmissionUrl: '',
      circonusCheckId: '',
      circonusCheckForceMetricActivation: '',
      circonusCheckInstanceId: '',
      circonusCheckSearchTag: '',
      circonusCheckTags: '',
      circonusCheckDisplayName: '',
      circonusBrokerId: '',
      circonusBrokerSelectTag: '',
    },
    highAvailability: {
      enabled: false,
      lockNamespace: 'default',
      lockPath: 'nomad-autoscaler/lock',
      lockTtlMs: 60_000,
      lockDelayMs: 30_000,
    },
    plugins: defaultBlocks,
  };
}

/**
 * Lays a layer over a configuration. What the layer says wins, an explicit `false` too; worker counts are laid over each
 * other queue by queue, plugin blocks by kind and label.
 *
 * Compat: agent.md §5.6, without D-A1, D-A2, D-A4 and Q-A3.
 */
export function overlay(base: AgentConfig, layer: ConfigLayer): AgentConfig {
  const { logLevel, logJson, logIncludeLocation, enableDebug, pluginDir } = layer;
  const namespace = normalNamespaces(layer.nomad?.namespace ?? []);
  return {
    ...base,
    ...said({ logLevel, logJson, logIncludeLocation, enableDebug, pluginDir }),
    http: { ...base.http, ...said(layer.http) },
    nomad: {
      ...base.nomad,
      ...said(layer.nomad),
      namespace: namespace.length > 0 ? namespace : base.nomad.namespace,
    },
    policy: { ...base.policy, ...said(layer.policy) },
    policySources: { ...base.policySources, ...said(layer.policySources) },
    policyEval: { ...base.policyEval, ...said(layer.policyEval) },
    workers: { ...base.workers, ...layer.workers },
    telemetry: { ...base.telemetry, ...said(layer.telemetry) },
    highAvailability: { ...base.highAvailability, ...said(layer.highAvailability) },
    plugins: overlayPlugins(base.plugins, layer.plugins ?? []),
  };
}

/** The entries that say something. */
function said<T extends object>(layer: Said<T> | undefined): Partial<T> {
  const entries = Object.entries(layer ?? {}).filter(([, value]) => value !== undefined && value !== '' && value !== 0);
  return Object.fromEntries(entries) as Partial<T>; // the same keys with the same values
}

function overlayPlugins(base: readonly PluginBlock[], layer: readonly PluginLayer[]): readonly PluginBlock[] {
  const blocks = layer.map((block) => {
    const below = base.find(({ type, label }) => type === block.type && label === block.label);
    return { ...block, autoMtls: block.autoMtls ?? below?.autoMtls ?? true };
  });
  return mergeBlocks(base, blocks);
}

/** Trims, drops what is empty or said twice; `*` anywhere means all. Source: spec agent.md §6.4. */
export function normalNamespaces(namespaces: readonly string[]): readonly string[] {
  const named = new Set(namespaces.map((name) => name.trim()).filter(Boolean));
  return named.has('*') ? ['*'] : [...named];
}
