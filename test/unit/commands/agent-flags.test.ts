import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultConfig, overlay } from '../../../src/agent/config.ts';
import { agentFlags, readAgentFlags } from '../../../src/commands/agent-flags.ts';
import { agentHelp } from '../../../src/commands/agent-help.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const base = defaultConfig('/run');

function configOf(...args: readonly string[]) {
  return overlay(base, readAgentFlags(args).layer);
}

test('agent #A1: a command line without flags changes no default', () => {
  assert.deepEqual(configOf(), base);
});

test('agent #A6, #A7: log, debug, plugin and HTTP flags set their values and nothing else', () => {
  const log = ['-log-level', 'WARN', '-log-json', '-log-include-location', '-enable-debug', '-plugin-dir', './plugins'];
  assert.deepEqual(configOf(...log), {
    ...base,
    logLevel: 'WARN',
    logJson: true,
    logIncludeLocation: true,
    enableDebug: true,
    pluginDir: './plugins',
  });
  assert.deepEqual(configOf('-http-bind-address', '10.0.0.1', '-http-bind-port', '9999'), {
    ...base,
    http: { bindAddress: '10.0.0.1', bindPort: 9999 },
  });
});

test('agent #A8: every Nomad flag maps to its attribute', () => {
  const texts = ['address', 'region', 'token', 'http-auth', 'ca-cert', 'ca-path', 'client-cert', 'client-key'];
  const args = [...texts, 'tls-server-name'].map((name) => `-nomad-${name}=${name}`);
  const { nomad } = configOf(
    ...args,
    '-nomad-namespace=prod',
    '-nomad-skip-verify',
    '-nomad-block-query-wait-time=30s',
  );
  assert.deepEqual(nomad, {
    address: 'address',
    region: 'region',
    namespace: ['prod'],
    token: 'token',
    httpAuth: 'http-auth',
    caCert: 'ca-cert',
    caPath: 'ca-path',
    clientCert: 'client-cert',
    clientKey: 'client-key',
    tlsServerName: 'tls-server-name',
    skipVerify: true,
    blockQueryWaitTimeMs: 30_000,
  });
});

test('agent #A9–A11: policy and evaluation flags', () => {
  const policy = ['-policy-dir', './policies', '-policy-default-cooldown', '10m'];
  assert.deepEqual(configOf(...policy, '-policy-default-evaluation-interval', '20s').policy, {
    dir: './policies',
    defaultCooldownMs: 600_000,
    defaultEvaluationIntervalMs: 20_000,
    strict: false,
  });
  const evaluation = configOf('-policy-eval-ack-timeout', '30m', '-policy-eval-workers', 'horizontal:1,cluster:2');
  assert.equal(evaluation.policyEval.ackTimeoutMs, 1_800_000);
  assert.deepEqual(evaluation.workers, { cluster: 2, horizontal: 1 });
  assert.equal(configOf('-policy-eval-delivery-limit', '10').policyEval.deliveryLimit, 10);
});

test('agent #A12: workers want a queue and a number', () => {
  const cases = {
    'a:invalid': 'invalid value "a:invalid" for flag -policy-eval-workers: "invalid" is not a number',
    a: 'invalid value "a" for flag -policy-eval-workers: "a" should be in <key>:<value> format',
    'a:1:2': 'invalid value "a:1:2" for flag -policy-eval-workers: "a:1:2" should be in <key>:<value> format',
    'a: 1': 'invalid value "a: 1" for flag -policy-eval-workers: " 1" is not a number',
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => readAgentFlags([`-policy-eval-workers=${text}`]), { message });
  }
  assert.deepEqual(configOf('-policy-eval-workers=a:1,b:2', '-policy-eval-workers=cluster:3').workers, {
    cluster: 3,
    horizontal: 10,
  });
});

test('agent #A13: both sources can be switched off', () => {
  const { policySources } = configOf('-policy-source-disable-file', '-policy-source-disable-nomad');
  assert.deepEqual(policySources, { file: false, nomad: false });
});

test('agent #A14: every telemetry flag maps to its attribute, and tags keep their order', () => {
  const names = Object.keys(agentFlags).filter((name) => name.startsWith('telemetry-'));
  const text = (name: string) => {
    if (name.endsWith('tags') && !name.includes('circonus')) return [`-${name}=a:b`, `-${name}=c:d`];
    const isBool = agentFlags[name as keyof typeof agentFlags].isBool;
    if (isBool) return [`-${name}`];
    return [`-${name}=${/(collection-interval|retention-time)$/.test(name) ? '7s' : name}`];
  };
  const { telemetry } = configOf(...names.flatMap(text));
  const { prometheusRetentionTimeMs, collectionIntervalMs, dogstatsdTags, ...rest } = telemetry;
  assert.deepEqual([prometheusRetentionTimeMs, collectionIntervalMs], [7_000, 7_000]);
  assert.deepEqual(dogstatsdTags, ['a:b', 'c:d']);
  for (const [key, value] of Object.entries(rest)) {
    const name = `telemetry-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    assert.ok(value === true || value === name, `${name}: ${value}`);
  }
});

test('agent #A15: high availability flags', () => {
  const args = ['enabled', 'lock-namespace=ns', 'lock-path=p', 'lock-ttl=4m', 'lock-delay=2m'];
  assert.deepEqual(configOf(...args.map((arg) => `-high-availability-${arg}`)).highAvailability, {
    enabled: true,
    lockNamespace: 'ns',
    lockPath: 'p',
    lockTtlMs: 240_000,
    lockDelayMs: 120_000,
  });
});

test('agent #A44: flags of the Enterprise edition are refused together', () => {
  assert.throws(() => readAgentFlags(['-das-evaluate-after=1h', '-das-cpu-metric=x']), {
    code: 'enterprise_only',
    message:
      '2 errors occurred:\n\t* -das-cpu-metric is only supported in Nomad Autoscaler Enterprise\n\t* -das-evaluate-after is only supported in Nomad Autoscaler Enterprise\n\n',
  });
});

test('an operand is refused, with the usual reason for it', () => {
  assert.throws(
    () => readAgentFlags(['-log-json', 'false', '-log-level=debug']),
    /unexpected argument "false".*-name=false/,
  );
});

test('-config may be repeated, and -dev is passed on', () => {
  const { paths, dev } = readAgentFlags(['-config=a', '-config', 'b', '-dev']);
  assert.deepEqual([paths, dev], [['a', 'b'], true]);
});

test('the help names every flag, and no other', () => {
  const named = [...agentHelp.matchAll(/^ {2}-([\w-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), Object.keys(agentFlags).toSorted());
  for (const line of agentHelp.split('\n')) assert.ok(line.length <= 80, line);
});

const recording = 'golden/autoscaler/cli/agent-help.txt';

test('agent #A89: every flag of upstream is known', needsShared(recording), () => {
  const upstream = readFileSync(sharedPath(recording) ?? '', 'utf8').matchAll(/^ {2}-([\w-]+)/gm);
  /** Misspelt or shortened in upstream's help, but not in what it accepts. */
  const misnamed = new Set(['telemetry-dogstatsd-tag', 'high-availability-lock-namepsace']);
  const missing = [...upstream]
    .map(([, name = '']) => name)
    .filter((name) => !misnamed.has(name) && !(name in agentFlags));
  assert.deepEqual(missing, []);
});
