/**
 * What an agent tells of its configuration: everything that a development agent of Nomad has, with the values that it
 * has by default, and then what its configuration says otherwise. Compat: key by key as recorded.
 */
import type { Node } from '../../nomad/node-types.ts';
import type { Opaque } from '../../nomad/types.ts';
import type { ServerIdentity } from './parts.ts';

export interface AgentFacts {
  readonly identity: ServerIdentity;
  readonly hasAcl: boolean;
  /** The agent's own client. */
  readonly client: Node | undefined;
}

/** @returns what `GET /v1/agent/self` tells as `config`. */
export function agentConfig({ identity, hasAcl, client }: AgentFacts): Opaque {
  const [host = '', port = ''] = identity.rpcAddress.split(':');
  const [, httpPort = ''] = identity.httpAddress.split(':');
  const [Version = '', VersionPrerelease = ''] = identity.version.split('-');
  const serf = Number(port) + 1;
  return overlaid(
    {
      ...{ Region: identity.region, Datacenter: identity.datacenter, NodeName: identity.name, BindAddr: host },
      ...{ DataDir: '', PluginDir: '', ConfigPaths: [], Files: [], DevMode: true, EnableDebug: true },
      ...{ DisableAnonymousSignature: false, DisableUpdateCheck: false, LeaveOnInt: false, LeaveOnTerm: false },
      ...{ ...logging, HTTPAPIResponseHeaders: {}, KEKProviders: null, Plugins: [rawExec] },
      ACL: { Enabled: hasAcl, ...acl },
      Addresses: { HTTP: host, RPC: host, Serf: host },
      AdvertiseAddrs: { HTTP: identity.httpAddress, RPC: identity.rpcAddress, Serf: `${host}:${serf}` },
      Ports: { HTTP: Number(httpPort), RPC: Number(port), Serf: serf },
      Audit: { Enabled: null, Filters: null, Sinks: null },
      ...{ Autopilot: autopilot, Client: clientConfig(client), Server: server, Telemetry: telemetry },
      ...{ UI: ui, RPC: rpc, Limits: limits, TLSConfig: tls, Consuls: [consul], Vaults: [vault] },
      Reporting: {
        ...{ DisableUsageReporting: null, ExportInterval: 0, License: { Enabled: null }, NonProduction: false },
        ...{ SnapshotRetentionTime: 0, SnapshotRetentionTimeHCL: '' },
      },
      Sentinel: { AdditionalEnabledModules: null, Imports: null },
      Version: { Version, VersionPrerelease, VersionMetadata: '', Revision: '', BuildDate: null },
    },
    identity.settings,
  );
}

/** Blocks are gone into, everything else is taken as it is. */
function overlaid(base: Opaque, over: Opaque): Opaque {
  const both = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isBlock(below) && isBlock(value) ? overlaid(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

const isBlock = (value: unknown): value is Opaque =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Settings that are all alike when nobody sets them. */
const each = (value: unknown, names: string): Opaque =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));

const [second, minute] = [1e9, 60e9] as const;

const logging = {
  ...{ LogLevel: 'DEBUG', LogJson: false, LogIncludeLocation: false, LogFile: '', LogRotateBytes: 0 },
  ...{ LogRotateDuration: '', LogRotateMaxFiles: 0, EnableSyslog: false, SyslogFacility: 'LOCAL0' },
  Eventlog: { Enabled: false, Level: 'error' },
};

const rawExec = {
  ...{ Name: 'raw_exec', Args: null },
  Config: { enabled: true, ...each(null, 'denied_envvars denied_host_gids denied_host_uids') },
};

const acl = {
  ...each(30 * second, 'TokenTTL PolicyTTL RoleTTL'),
  ...{ ReplicationToken: '', TokenMinExpirationTTL: 0, TokenMaxExpirationTTL: 0 },
};

const autopilot = {
  ...each(null, 'CleanupDeadServers DisableUpgradeMigration EnableCustomUpgrades EnableRedundancyZones'),
  ...{ LastContactThreshold: second / 5, MaxTrailingLogs: 250, MinQuorum: 0, ServerStabilizationTime: 10 * second },
};

const serverJoin = { StartJoin: null, RetryJoin: [], RetryMaxAttempts: 0, RetryInterval: 30 * second };

const server = {
  ...{ Enabled: true, BootstrapExpect: 1, RaftMultiplier: 1, RaftProtocol: 3, EnableEventBroker: true },
  ...{ EventBufferSize: 100, HeartbeatGrace: 10 * second, MinHeartbeatTTL: 10 * second, JobMaxSourceSize: '1M' },
  ...{ JobTrackedVersions: 6, PlanApplyPipeline: 1, ServerJoin: serverJoin, StartJoin: [], RetryJoin: [] },
  ...each('', 'ACLTokenGCThreshold AuthoritativeRegion BatchEvalGCThreshold CSIPluginGCThreshold DataDir StartTimeout'),
  ...each('', 'CSIVolumeClaimGCInterval CSIVolumeClaimGCThreshold DeploymentGCThreshold EvalGCThreshold'),
  ...each('', 'JobGCInterval JobGCThreshold LicenseEnv LicensePath LogFile NodeGCThreshold OIDCIssuer RedundancyZone'),
  ...each('', 'RootKeyGCInterval RootKeyGCThreshold RootKeyRotationThreshold UpgradeVersion'),
  ...each(null, 'DefaultSchedulerConfig EnabledSchedulers JobDefaultPriority JobMaxCount JobMaxPriority NumSchedulers'),
  ...each(null, 'RaftBoltConfig RaftLogStoreConfig RaftSnapshotInterval RaftSnapshotThreshold RaftTrailingLogs'),
  ...each(0, 'DeploymentQueryRateLimit FailoverHeartbeatTTL MaxHeartbeatsPerSecond RetryInterval RetryMaxAttempts'),
  ...each(false, 'NonProduction NonVotingServer RejoinAfterLeave'),
  ClientIntroduction: { DefaultIdentityTTL: 0, Enforcement: '', MaxIdentityTTL: 0 },
  PlanRejectionTracker: { Enabled: false, NodeThreshold: 100, NodeWindow: 5 * minute },
  Search: { FuzzyEnabled: true, LimitQuery: 20, LimitResults: 100, MinTermLength: 2 },
};

function clientConfig(node: Node | undefined): Opaque {
  const { NodeResources: resources, ReservedResources: reserved } = node ?? {};
  return {
    ...{ Enabled: node !== undefined, NodeClass: node?.NodeClass ?? '', NodePool: node?.NodePool ?? '', Meta: {} },
    ...{ CpuCompute: 0, MemoryMB: 0, DiskTotalMB: 0, DiskFreeMB: 0, NodeMaxAllocs: node?.NodeMaxAllocs ?? 0 },
    Reserved: {
      ...{ CPU: reserved?.Cpu.CpuShares ?? 0, MemoryMB: reserved?.Memory.MemoryMB ?? 0 },
      ...{ DiskMB: reserved?.Disk.DiskMB ?? 0, Cores: '', ReservedPorts: '' },
    },
    ...{ MinDynamicPort: resources?.MinDynamicPort ?? 20_000, MaxDynamicPort: resources?.MaxDynamicPort ?? 32_000 },
    ...{ ClientMinPort: 14_000, ClientMaxPort: 14_512, NetworkInterface: 'lo', NetworkSpeed: 0, NoHostUUID: true },
    ...{ CNIConfigDir: '/opt/cni/config', CNIPath: '/opt/cni/bin:/usr/libexec/cni', MaxKillTimeout: '30s' },
    ...{ ChrootEnv: {}, Fingerprinters: [], BindWildcardDefaultHostNetwork: true, NomadServiceDiscovery: true },
    ...{ GCInterval: 10 * minute, GCMaxAllocs: 50, GCParallelDestroys: 2, ServerJoin: serverJoin },
    ...{ GCDiskUsageThreshold: 99, GCInodeUsageThreshold: 99, GCVolumesOnNodeGC: false },
    ...{ Artifact: artifact, TemplateConfig: template, Users: { MinDynamicUser: 80_000, MaxDynamicUser: 89_999 } },
    Options: {
      ...{ 'driver.raw_exec.enable': 'true', 'driver.docker.volumes': 'true' },
      'test.tighten_network_timeouts': 'true',
    },
    ...each('', 'AllocDir AllocMountsDir BridgeNetworkName BridgeNetworkSubnet BridgeNetworkSubnetIPv6 CgroupParent'),
    ...each('', 'CommonPluginDir HostVolumePluginDir HostVolumesDir IntroToken LogFile PreferredAddressFamily'),
    ...each('', 'ReservableCores StateDir'),
    ...each(null, 'Drain HostNetworks HostVolumes Servers'),
    ...each(false, 'BridgeNetworkHairpinMode CpuDisableDmidecode DefaultIneligible DisableRemoteExec'),
  };
}

const artifact = {
  ...each('30m', 'GCSTimeout GitTimeout HTTPReadTimeout HgTimeout S3Timeout'),
  ...{ DecompressionFileCountLimit: 4096, DecompressionSizeLimit: '100GB', HTTPMaxSize: '100GB' },
  ...{ DisableArtifactInspection: false, DisableFilesystemIsolation: false, FilesystemIsolationExtraPaths: null },
  SetEnvironmentVariables: '',
};

const retry = { Attempts: 12, Backoff: second / 4, BackoffHCL: '', MaxBackoff: minute, MaxBackoffHCL: '' };

const template = {
  ...{ BlockQueryWaitTime: 5 * minute, BlockQueryWaitTimeHCL: '', DisableSandbox: false, UseClientConsulToken: false },
  ...{ FunctionBlacklist: null, FunctionDenylist: ['executeTemplate', 'plugin', 'writeToFile'], WaitBounds: null },
  ...{ MaxStale: 87_600 * 60 * minute, MaxStaleHCL: '', ConsulRetry: retry, NomadRetry: retry, VaultRetry: retry },
  ...{ VaultDefaultLeaseDuration: 5 * minute, VaultDefaultLeaseDurationHCL: '' },
  Wait: { Min: 5 * second, MinHCL: '', Max: 4 * minute, MaxHCL: '' },
};

const telemetry = {
  ...{ CollectionInterval: '1s', InMemoryCollectionInterval: '10s', InMemoryRetentionPeriod: '1m' },
  ...each(true, 'PrometheusMetrics PublishAllocationMetrics PublishNodeMetrics IncludeAllocMetadataInMetrics'),
  ...each(false, 'DisableAllocationHookMetrics DisableDispatchedJobSummaryMetrics DisableHostname UseNodeName'),
  ...each(false, 'DisableQuotaUtilizationMetrics DisableRPCRateMetricsLabels'),
  ...each('', 'CirconusAPIApp CirconusAPIToken CirconusAPIURL CirconusBrokerID CirconusBrokerSelectTag'),
  ...each('', 'CirconusCheckDisplayName CirconusCheckForceMetricActivation CirconusCheckID CirconusCheckInstanceID'),
  ...each('', 'CirconusCheckSearchTag CirconusCheckSubmissionURL CirconusCheckTags CirconusSubmissionInterval'),
  ...each('', 'DataDogAddr StatsdAddr StatsiteAddr'),
  ...{ ...each(null, 'DataDogTags FilterDefault PrefixFilter'), AllowedMetadataKeysInMetrics: [] },
};

const ui = {
  ...{ Enabled: true, ShowCLIHints: true, Consul: { BaseUIURL: '' }, Vault: { BaseUIURL: '' } },
  Label: each('', 'BackgroundColor Text TextColor'),
  ContentSecurityPolicy: {
    ...{ ConnectSrc: ['*'], ...each(["'none'"], 'DefaultSrc FormAction FrameAncestors') },
    ...{ ImgSrc: ["'self'", 'data:'], ScriptSrc: ["'self'"], StyleSrc: ["'self'", "'unsafe-inline'"] },
  },
};

const rpc = {
  ...{ AcceptBacklog: 256, KeepAliveInterval: 30 * second, KeepAliveIntervalHCL: '30s' },
  ...{ ConnectionWriteTimeout: 10 * second, ConnectionWriteTimeoutHCL: '10s' },
  ...{ DialTimeout: 10 * second, DialTimeoutHCL: '10s', StreamCloseTimeout: 5 * minute, StreamCloseTimeoutHCL: '5m' },
  ...{ StreamOpenTimeout: 75 * second, StreamOpenTimeoutHCL: '75s' },
};

const limits = {
  ...each(100, 'HTTPMaxConnsPerClient RPCMaxConnsPerClient'),
  ...each('5s', 'HTTPSHandshakeTimeout RPCHandshakeTimeout'),
};

const tls = {
  ...each('', 'CAFile CertFile Checksum KeyFile TLSCipherSuites TLSMinVersion'),
  ...each(false, 'EnableHTTP EnableRPC RPCUpgradeMode VerifyHTTPSClient VerifyServerHostname'),
  KeyLoader: {},
};

const consul = {
  ...{ Name: 'default', Addr: 'localhost:8500', Timeout: 5 * second, ShareSSL: null, Tags: null },
  ...each('', 'Auth CAFile CertFile GRPCAddr GRPCCAFile KeyFile Namespace Token'),
  ...each(true, 'AutoAdvertise ClientAutoJoin ServerAutoJoin VerifySSL'),
  ...each(false, 'ChecksUseAdvertise EnableSSL'),
  ...each(0, 'ClientFailuresBeforeCritical ClientFailuresBeforeWarning'),
  ...each(0, 'ServerFailuresBeforeCritical ServerFailuresBeforeWarning'),
  ...{ ClientServiceName: 'nomad-client', ClientHTTPCheckName: 'Nomad Client HTTP Check', ServerServiceName: 'nomad' },
  ...{ ServerHTTPCheckName: 'Nomad Server HTTP Check', ServerRPCCheckName: 'Nomad Server RPC Check' },
  ...{ ServerSerfCheckName: 'Nomad Server Serf Check', ...each(null, 'ServiceIdentity TaskIdentity') },
  ...each('nomad-workloads', 'ServiceIdentityAuthMethod TaskIdentityAuthMethod'),
};

const vault = {
  ...{ Name: 'default', Addr: 'https://vault.service.consul:8200', ConnectionRetryIntv: 30 * second },
  ...{ JWTAuthBackendPath: 'jwt-nomad', ...each(null, 'DefaultIdentity Enabled TLSSkipVerify') },
  ...each('', 'Namespace Role TLSCaFile TLSCaPath TLSCertFile TLSKeyFile TLSServerName Token'),
};
