/** Configuration files, declared. Everything may be left out but the driver of a plugin. Source: spec agent.md §5.4. */
import {
  block,
  bool,
  duration,
  integer,
  labelled,
  listOf,
  located,
  locatedMap,
  mapOf,
  nested,
  oneOf,
  oneOrListOf,
  optional,
  secret,
  text,
} from '../schema/field.ts';
import type { Infer } from '../schema/schema.ts';

const http = block({
  bindAddress: optional(text({ doc: 'Host name or address to listen on; an IPv6 address stands in brackets.' })),
  bindPort: optional(integer({ doc: 'Port to listen on.' })),
});

const nomad = block({
  address: optional(text({ doc: 'Address of Nomad: http://…, https://… or unix://…' })),
  region: optional(text({ doc: 'Region that requests are sent to.' })),
  namespace: optional(oneOrListOf(text({ doc: 'Namespace or namespaces to watch; * is all of them.' }))),
  token: optional(secret({ doc: 'Secret ID of an ACL token.' })),
  httpAuth: optional(secret({ doc: 'User and password for HTTP basic authentication, with a colon between them.' })),
  caCert: optional(text({ doc: 'File with the certificates of the CAs that sign Nomad’s.' })),
  caPath: optional(text({ doc: 'Directory of such files; ca_cert wins.' })),
  clientCert: optional(text({ doc: 'File with the client certificate; needs client_key.' })),
  clientKey: optional(text({ doc: 'File with the key of the client certificate.' })),
  tlsServerName: optional(text({ doc: 'Name that Nomad’s certificate must carry.' })),
  skipVerify: optional(bool({ doc: 'Take any certificate.' })),
  blockQueryWaitTimeMs: located(optional(duration({ doc: 'How long Nomad may hold a blocking query.' }))),
});

const source = block({ enabled: bool({ doc: 'Whether policies come from here.', default: true }) });

const policy = block({
  dir: located(optional(text({ doc: 'Directory of policy files.' }))),
  defaultCooldownMs: located(optional(duration({ doc: 'Cooldown of policies that set none.' }))),
  defaultEvaluationIntervalMs: located(optional(duration({ doc: 'Interval of policies that set none.' }))),
  strict: optional(
    bool({
      doc: 'Settings that a plugin does not know, in policies and in plugin blocks, are errors and not warnings.',
    }),
  ),
  source: labelled(source, { doc: 'Switches a source of policies, `file` or `nomad`, on or off.', label: 'name' }),
});

const policyEval = block({
  deliveryLimit: located(optional(integer({ doc: 'Accepted, without effect.' }))),
  ackTimeoutMs: located(optional(duration({ doc: 'Accepted, without effect.' }))),
  workers: located(
    optional(mapOf(integer({ doc: 'Scale calls at once for each of the queues cluster and horizontal.' }))),
  ),
});

const circonus = (doc: string) => optional(text({ doc: `Circonus: ${doc}` }));

const telemetry = block({
  prometheusMetrics: optional(bool({ doc: 'Serve Prometheus metrics.' })),
  prometheusRetentionTimeMs: located(
    optional(duration({ doc: 'Leave series out that did not change for this long.' })),
  ),
  disableHostname: optional(bool({ doc: 'Leave the host out of the names of gauges.' })),
  enableHostnameLabel: optional(bool({ doc: 'Put the host into a label of every series.' })),
  collectionIntervalMs: located(optional(duration({ doc: 'How often the gauges of policies are set.' }))),
  statsiteAddress: optional(text({ doc: '`host:port` of a statsite server, over TCP.' })),
  statsdAddress: optional(text({ doc: '`host:port` of a statsd server, over UDP.' })),
  dogstatsdAddress: optional(text({ doc: '`host:port` of a DogStatsD server, over UDP.' })),
  dogstatsdTags: optional(listOf(text({ doc: 'Tags of everything sent to DogStatsD.' }))),
  circonusApiToken: optional(secret({ doc: 'Circonus: API token.' })),
  circonusApiApp: circonus('name of the application.'),
  circonusApiUrl: circonus('address of the API.'),
  circonusSubmissionInterval: circonus('time between submissions.'),
  circonusSubmissionUrl: circonus('address of an existing check.'),
  circonusCheckId: circonus('ID of an existing check.'),
  circonusCheckForceMetricActivation: circonus('activate metrics again.'),
  circonusCheckInstanceId: circonus('name of this instance.'),
  circonusCheckSearchTag: circonus('tag to find the check by.'),
  circonusCheckTags: circonus('further tags.'),
  circonusCheckDisplayName: circonus('name to show.'),
  circonusBrokerId: circonus('ID of the broker.'),
  circonusBrokerSelectTag: circonus('tag to find the broker by.'),
});

const highAvailability = block({
  enabled: optional(bool({ doc: 'Let one of several agents lead; not part of this build.' })),
  lockNamespace: optional(text({ doc: 'Namespace of the lock.' })),
  lockPath: optional(text({ doc: 'Path of the lock, a Nomad variable.' })),
  lockTtlMs: located(optional(duration({ doc: 'How long the lock holds without being renewed.' }))),
  lockDelayMs: located(optional(duration({ doc: 'How long a lost lock stays closed to others.' }))),
});

const enterprise = { doc: 'Enterprise edition only.' };

const dynamicApplicationSizing = block({
  metricsPreloadThreshold: located(optional(text(enterprise))),
  evaluateAfter: located(optional(text(enterprise))),
  namespaceLabel: located(optional(text(enterprise))),
  jobLabel: located(optional(text(enterprise))),
  groupLabel: located(optional(text(enterprise))),
  taskLabel: located(optional(text(enterprise))),
  cpuMetric: located(optional(text(enterprise))),
  memoryMetric: located(optional(text(enterprise))),
});

const plugin = block({
  driver: text({ doc: 'Name of a bundled plugin, or of an executable in the plugin directory.' }),
  args: optional(listOf(text({ doc: 'Command-line arguments of an executable.' }))),
  config: locatedMap(optional(mapOf(text({ doc: 'Settings of the plugin.' })))),
  isolation: optional(oneOf(['process', 'in-process'], { doc: 'Where a bundled plugin runs.' })),
  autoMtls: optional(bool({ doc: 'Certificates between agent and plugin, made for one run of the plugin.' })),
  checksum: optional(text({ doc: '`sha256:` and the digest of the only executable that may be started.' })),
  startTimeoutMs: located(optional(duration({ doc: 'How long its process may take to start; a minute if unset.' }))),
});

export const configSchema = block({
  logLevel: located(optional(text({ doc: 'Lowest level that is logged: trace, debug, info, warn, error or off.' }))),
  logJson: optional(bool({ doc: 'Log lines as JSON.' })),
  logIncludeLocation: optional(bool({ doc: 'Add source file and line to log lines.' })),
  enableDebug: optional(bool({ doc: 'Serve profiles under /debug/pprof/.' })),
  pluginDir: located(optional(text({ doc: 'Directory of plugin executables.' }))),
  http: optional(nested(http, { doc: 'The HTTP server.' })),
  nomad: optional(nested(nomad, { doc: 'The Nomad to work for.' })),
  policy: optional(nested(policy, { doc: 'Where policies come from, and their defaults.' })),
  policyEval: optional(nested(policyEval, { doc: 'How many targets may be scaled at once.' })),
  telemetry: optional(nested(telemetry, { doc: 'The agent’s own metrics.' })),
  highAvailability: optional(nested(highAvailability, { doc: 'Several agents, of which one leads.' })),
  dynamicApplicationSizing: optional(nested(dynamicApplicationSizing, enterprise)),
  apm: labelled(plugin, { doc: 'A source of metrics.', label: 'name' }),
  target: labelled(plugin, { doc: 'Something that can be scaled.', label: 'name' }),
  strategy: labelled(plugin, { doc: 'A rule that turns metrics into a count.', label: 'name' }),
});

export type ConfigFile = Infer<typeof configSchema>;
