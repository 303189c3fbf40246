/** The help of `agent`. A test holds it and the flags to each other. */

export const agentHelp = `Usage: nomad-autoscaler agent [options]

  Runs an autoscaler until SIGINT or SIGTERM. SIGHUP reads the configuration
  again, SIGUSR1 prints the metrics of the last minute to stderr.

  Files given with -config are laid over the defaults in their order, flags over
  the files. What neither says about Nomad comes from NOMAD_ADDR, NOMAD_TOKEN
  and the other variables that the nomad command reads.

Options:

  -config=<path>
    A configuration file (.hcl or .json), or a directory of such files, which
    are read in the order of their names. May be given several times.

  -log-level=<level>
    The lowest level that is logged: TRACE, DEBUG, INFO, WARN, ERROR or OFF.
    The default is INFO.

  -log-json
    Write log lines as JSON. The default is false.

  -log-include-location
    Add source file and line to each log line. The default is false.

  -enable-debug
    Serve profiles of the agent under /debug/pprof/. The default is false.

  -plugin-dir=<path>
    Where plugin executables are looked for. An executable wins over a plugin
    that comes with the agent under the same name. The default is
    <current-dir>/plugins.

  -dev
    Run against an embedded Nomad and an OpenStack of memory, for a first
    look. Nothing outside of this process is touched.

Dynamic Application Sizing Options (Enterprise-only, refused):

  -das-evaluate-after=<dur>
  -das-metrics-preload-threshold=<dur>
  -das-namespace-label=<label>
  -das-job-label=<label>
  -das-group-label=<label>
  -das-task-label=<label>
  -das-cpu-metric=<metric>
  -das-memory-metric=<metric>

HTTP Options:

  -http-bind-address=<addr>
    The address that the HTTP server listens on. The default is 127.0.0.1; the
    API knows no authentication, so think before you widen it.

  -http-bind-port=<port>
    The port that the HTTP server listens on. The default is 8080.

Nomad Options:

  -nomad-address=<addr>
    Where Nomad answers: http://host:port, https://host:port or unix:///path.
    The default is http://127.0.0.1:4646.

  -nomad-region=<region>
    The region that requests are sent to. The default is that of the Nomad
    agent.

  -nomad-namespace=<namespace>
    A namespace to watch for policies. May be given several times; * is all of
    them.

  -nomad-token=<token>
    The secret ID of an ACL token. Prefer the variable NOMAD_TOKEN: a command
    line can be read by every user of the machine.

  -nomad-http-auth=<username:password>
    Credentials for a Nomad API behind HTTP basic authentication.

  -nomad-ca-cert=<path>
    A PEM file of the CA certificates that Nomad's certificate is checked with.

  -nomad-ca-path=<path>
    A directory of such files. -nomad-ca-cert wins over it.

  -nomad-client-cert=<path>
    A PEM file with the client certificate. Needs -nomad-client-key.

  -nomad-client-key=<path>
    A PEM file with the key of the client certificate, not encrypted.

  -nomad-tls-server-name=<name>
    The name that is asked for and expected when connecting with TLS.

  -nomad-skip-verify
    Take any certificate of Nomad. Do not do this on a network you share.

  -nomad-block-query-wait-time=<dur>
    How long Nomad may hold a blocking query. The default is 5m.

Policy Options:

  -policy-dir=<path>
    A directory of policy files. Added, changed and removed files take effect
    by themselves.

  -policy-default-cooldown=<dur>
    The cooldown of policies that set none. The default is 5m.

  -policy-default-evaluation-interval=<dur>
    The evaluation interval of policies that set none. The default is 10s.

Policy Evaluation Options:

  -policy-eval-ack-timeout=<dur>
    Accepted, without effect.

  -policy-eval-delivery-limit=<num>
    Accepted, without effect.

  -policy-eval-workers=<key:value>
    How many targets are scaled at once, as <queue1>:<num>,<queue2>:<num>. The
    queues are cluster and horizontal. The default is cluster:10,horizontal:10.

Policy Source Options:

  -policy-source-disable-file
    Take no policies from files.

  -policy-source-disable-nomad
    Take no policies from Nomad jobs.

Telemetry Options:

  -telemetry-disable-hostname
    Leave the host name out of the names of gauges.

  -telemetry-enable-hostname-label
    Put the host name into a label of every series, and out of the names.

  -telemetry-collection-interval=<dur>
    How often the gauges of policies are set. The default is 1s.

  -telemetry-statsite-address=<addr>
    The address of a statsite server. Accepted, without effect.

  -telemetry-statsd-address=<addr>
    The address of a statsd server. Accepted, without effect.

  -telemetry-dogstatsd-address=<addr>
    The address of a DogStatsD server. Accepted, without effect.

  -telemetry-dogstatsd-tags=<tag>
    A tag of everything that is sent to DogStatsD, as name:value. May be given
    several times.

  -telemetry-prometheus-metrics
    Serve metrics for Prometheus, under /v1/metrics?format=prometheus and
    /metrics. The default is false.

  -telemetry-prometheus-retention-time=<dur>
    Leave series out that did not change for this long. The default, 0, keeps
    them.

  -telemetry-circonus-api-token=<token>
  -telemetry-circonus-api-app=<name>
  -telemetry-circonus-api-url=<url>
  -telemetry-circonus-submission-interval=<dur>
  -telemetry-circonus-submission-url=<url>
  -telemetry-circonus-check-id=<id>
  -telemetry-circonus-check-force-metric-activation=<bool>
  -telemetry-circonus-check-instance-id=<id>
  -telemetry-circonus-check-search-tag=<tag>
  -telemetry-circonus-check-tags=<tags>
  -telemetry-circonus-check-display-name=<name>
  -telemetry-circonus-broker-id=<id>
  -telemetry-circonus-broker-select-tag=<tag>
    Settings for Circonus. Accepted, without effect.

High Availability Options:

  -high-availability-enabled
    Let one of several agents lead, by a lock that is a Nomad variable. Not part
    of this build, which does not start with it. The default is false.

  -high-availability-lock-namespace=<namespace>
    The namespace of the lock, the same for every agent. The default is default.

  -high-availability-lock-path=<path>
    The path of the lock, the same for every agent. The default is
    nomad-autoscaler/lock.

  -high-availability-lock-ttl=<dur>
    How long the lock holds without being renewed. The default is 1m.

  -high-availability-lock-delay=<dur>
    How long a lock that was lost stays closed to others. The default is 30s.
`;
