import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ConfigLayer, defaultConfig, normalNamespaces, overlay } from '../../../src/agent/config.ts';
import { loadConfig } from '../../../src/agent/config-files.ts';
import { configReader } from '../../support/config-reader.ts';

const cwd = '/run';
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/configs/${name}`, import.meta.url)), 'utf8');

/** Loads files in the order of their keys. */
async function load(files: Readonly<Record<string, string>>, flags: ConfigLayer = {}, paths = Object.keys(files)) {
  return loadConfig({ paths, flags, cwd }, configReader(files));
}

async function fails(files: Readonly<Record<string, string>>, message: string | RegExp, paths = Object.keys(files)) {
  await assert.rejects(load(files, {}, paths), { code: 'config_invalid', blame: 'usage', message });
}

const labels = (plugins: readonly { type: string; label: string }[], type: string) =>
  plugins.filter((plugin) => plugin.type === type).map(({ label }) => label);

test('agent #A1–A5: without files and flags everything has its default', async () => {
  const { config, warnings } = await load({});
  assert.deepEqual(config, defaultConfig(cwd));
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    [config.logLevel, config.logJson, config.logIncludeLocation, config.enableDebug, config.pluginDir],
    ['info', false, false, false, '/run/plugins'],
  );
  assert.deepEqual(config.http, { bindAddress: '127.0.0.1', bindPort: 8080 });
  assert.deepEqual(config.policy, {
    dir: '',
    defaultCooldownMs: 300_000,
    defaultEvaluationIntervalMs: 10_000,
    strict: false,
  });
  assert.equal(config.telemetry.collectionIntervalMs, 1_000);
  assert.deepEqual(config.policySources, { file: true, nomad: true });
  assert.deepEqual(labels(config.plugins, 'apm'), ['nomad-apm']);
  assert.deepEqual(labels(config.plugins, 'target'), ['nomad-target']);
  assert.equal(labels(config.plugins, 'strategy').length, 4);
  assert.deepEqual(config.workers, { cluster: 10, horizontal: 10 });
  assert.deepEqual(config.policyEval, { deliveryLimit: 1, ackTimeoutMs: 300_000 });
  assert.deepEqual(config.highAvailability, {
    enabled: false,
    lockNamespace: 'default',
    lockPath: 'nomad-autoscaler/lock',
    lockTtlMs: 60_000,
    lockDelayMs: 30_000,
  });
});

test('the default plugin directory of the root directory has two slashes, as upstream’s', () => {
  assert.equal(defaultConfig('/').pluginDir, '//plugins');
});

test('agent #A16: a file sets every attribute of every block', async () => {
  const { config } = await load({ 'full.hcl': fixture('full.hcl') });
  const base = defaultConfig(cwd);
  const untouched = Object.entries(flat(config)).filter(([key, value]) => flat(base)[key] === value);
  assert.deepEqual(
    untouched.map(([key]) => key),
    ['policySources.file'],
  );
  assert.equal(config.nomad.blockQueryWaitTimeMs, 30_000);
  assert.equal(config.telemetry.prometheusRetentionTimeMs, 86_400_000);
  assert.deepEqual(config.telemetry.dogstatsdTags, ['a:b', 'c:d']);
  assert.deepEqual(config.plugins.find(({ label }) => label === 'prometheus')?.config, {
    address: 'http://prometheus.example:9090',
    retries: '3',
  });
  assert.deepEqual(
    config.plugins.find(({ label }) => label === 'os-nova'),
    {
      type: 'target',
      label: 'os-nova',
      driver: 'os-nova',
      args: ['-v', '-x'],
      config: {},
      isolation: 'in-process',
      autoMtls: false,
      checksum: 'sha256:00',
      startTimeoutMs: 90_000,
    },
  );
});

/** Every leaf but the plugins by its path. */
function flat(value: object, prefix = ''): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (key === 'plugins') return [];
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      return Object.entries(flat(inner, `${prefix}${key}.`));
    }
    return [[`${prefix}${key}`, Array.isArray(inner) ? JSON.stringify(inner) : inner]];
  });
  return Object.fromEntries(entries);
}

test('agent #A17: a flag wins over a file', async () => {
  const { config } = await load({ 'a.hcl': 'log_level = "ERROR"' }, { logLevel: 'TRACE' });
  assert.equal(config.logLevel, 'TRACE');
});

test('agent #A18: what flags do not say stays as the file says', async () => {
  const { config } = await load({ 'a.hcl': 'log_level = "ERROR"' }, { logJson: true });
  assert.deepEqual([config.logLevel, config.logJson], ['ERROR', true]);
});

test('an explicit false wins over a true below it', async () => {
  const files = { 'a.hcl': 'log_json = true\nhigh_availability { enabled = true }', 'b.hcl': 'log_json = false' };
  assert.equal((await load(files)).config.logJson, false);
  const off = await load(files, { highAvailability: { enabled: false } });
  assert.equal(off.config.highAvailability.enabled, false);
});

test('an empty text and 0 mean unset', async () => {
  const { config } = await load({
    'a.hcl': 'log_level = "DEBUG"\nhttp { bind_port = 9000 }\npolicy { default_cooldown = "1m" }',
    'b.hcl': 'log_level = ""\nhttp { bind_port = 0 }\npolicy { default_cooldown = "0s" }',
  });
  assert.deepEqual([config.logLevel, config.http.bindPort, config.policy.defaultCooldownMs], ['DEBUG', 9000, 60_000]);
});

test('agent #A19: several files apply together', async () => {
  const { config } = await load({ 'a.hcl': 'log_level = "WARN"', 'b.hcl': 'plugin_dir = "/p"' });
  assert.deepEqual([config.logLevel, config.pluginDir], ['WARN', '/p']);
});

test('agent #A20: a directory is read in the order of its names', async () => {
  const files = { 'c.d/b.hcl': 'log_level = "b"', 'c.d/c.json': '{"log_level": "c"}', 'c.d/a.hcl': 'log_level = "a"' };
  assert.equal((await load(files, {}, ['c.d'])).config.logLevel, 'c');
});

test('agent #A21: blocks are merged attribute by attribute', async () => {
  const { config } = await load({
    'a.hcl': 'http { bind_address = "10.0.0.1" }',
    'b.hcl': 'http { bind_port = 9999 }',
  });
  assert.deepEqual(config.http, { bindAddress: '10.0.0.1', bindPort: 9999 });
});

test('agent #A22: worker counts are laid over each other queue by queue', async () => {
  const { config } = await load({
    'a.hcl': 'policy_eval { workers = { horizontal = 5, some-other = 3 } }',
    'b.hcl': 'policy_eval { workers = { cluster = 8, horizontal = 7 } }',
  });
  assert.deepEqual(config.workers, { cluster: 8, horizontal: 7, 'some-other': 3 });
});

test('two files of one directory may both have a policy_eval block, the first without workers', async () => {
  const files = { 'c.d/a.hcl': 'policy_eval {}', 'c.d/b.hcl': 'policy_eval { workers = { cluster = 0 } }' };
  assert.deepEqual((await load(files, {}, ['c.d'])).config.workers, { cluster: 0, horizontal: 10 });
});

test('agent #A23, #A40–A42: sources are switched one by one', async () => {
  const sources = async (...bodies: readonly string[]) => {
    const files = Object.fromEntries(bodies.map((body, at) => [`${at}.hcl`, `policy {\n${body}\n}`]));
    return (await load(files)).config.policySources;
  };
  const off = (name: string) => `source "${name}" {\nenabled = false\n}`;
  assert.deepEqual(await sources('source "nomad" {}'), { file: true, nomad: true });
  assert.deepEqual(await sources(off('nomad')), { file: true, nomad: false });
  assert.deepEqual(await sources(off('file')), { file: false, nomad: true });
  assert.deepEqual(await sources(off('nomad'), `source "nomad" {}\n${off('file')}`), { file: false, nomad: true });
});

test('agent #A24: a later plugin block replaces config and args of its label, and counts with its driver', async () => {
  const block = (rest: string) => `apm "prometheus" {\ndriver = "prometheus"\n${rest}\n}`;
  const { config } = await load({
    'a.hcl': block('config = { a = 1, b = 2 }\nargs = ["x"]'),
    'b.hcl': `${block('config = { c = true }\nargs = ["y"]')}\nstrategy "target-value" {\ndriver = "threshold"\n}`,
  });
  const found = config.plugins.find(({ label }) => label === 'prometheus');
  assert.deepEqual([found?.config, found?.args], [{ c: 'true' }, ['y']]);
  assert.deepEqual(labels(config.plugins, 'apm'), ['nomad-apm', 'prometheus']);
  assert.equal(config.plugins.find(({ label }) => label === 'target-value')?.driver, 'threshold');
});

test('a block that does not speak of certificates leaves the decision of the one below it', async () => {
  const { config } = await load({
    'a.hcl': 'apm "x" {\ndriver = "x"\nauto_mtls = false\n}',
    'b.hcl': 'apm "x" {\ndriver = "x"\nconfig = { a = "b" }\n}',
  });
  const found = config.plugins.find(({ label }) => label === 'x');
  assert.deepEqual([found?.autoMtls, found?.config], [false, { a: 'b' }]);
});

test('agent #A25: a new label joins the others', async () => {
  const { config } = await load({ 'a.hcl': 'strategy "own" {\ndriver = "threshold"\n}' });
  assert.equal(labels(config.plugins, 'strategy').length, 5);
});

test('two blocks of one label in one file collapse to the last, with a warning', async () => {
  const block = (config: string) => `apm "x" {\ndriver = "x"\n${config}\n}\n`;
  const { config, warnings } = await load({ 'a.hcl': block('config = { a = 1 }') + block('') });
  assert.deepEqual(config.plugins.find(({ label }) => label === 'x')?.config, {});
  assert.deepEqual(warnings, [
    'a.hcl:5:1: the label "x" stands here again: this block counts, the block at a.hcl:1:1 is not used, remove one of them',
  ]);
});

test('agent #A26: an empty layer changes nothing', () => {
  assert.deepEqual(overlay(defaultConfig(cwd), {}), defaultConfig(cwd));
});

test('agent #A29: a file that says one thing sets one thing', async () => {
  const { config } = await load({ 'a.hcl': 'plugin_dir = "/p"' });
  assert.deepEqual(config, { ...defaultConfig(cwd), pluginDir: '/p' });
});

test('agent #A30–A34: a namespace may be a text or a list, in both syntaxes and in a directory', async () => {
  const namespace = async (name: string, text: string, paths?: string[]) =>
    (await load({ [name]: text }, {}, paths)).config.nomad.namespace;
  assert.deepEqual(await namespace('a.hcl', 'nomad { namespace = "staging" }'), ['staging']);
  assert.deepEqual(await namespace('a.hcl', 'nomad { namespace = ["staging", "prod"] }'), ['staging', 'prod']);
  assert.deepEqual(await namespace('a.json', '{"nomad":{"namespace":"staging"}}'), ['staging']);
  assert.deepEqual(await namespace('a.json', '{"nomad":{"namespace":["staging","prod"]}}'), ['staging', 'prod']);
  assert.deepEqual(await namespace('c.d/a.json', '{"nomad":{"namespace":"staging"}}', ['c.d']), ['staging']);
});

test('agent #A35: a file needs no nomad block', async () => {
  assert.deepEqual((await load({ 'a.hcl': '' })).config.nomad, defaultConfig(cwd).nomad);
});

test('agent #A38: an empty directory is an empty configuration', async () => {
  assert.deepEqual((await load({}, {}, ['empty.d'])).config, defaultConfig(cwd));
});

test('agent #A39: one broken file of a directory is an error, and without it the rest loads', async () => {
  const good = { 'c.d/a.hcl': 'log_level = "WARN"', 'c.d/c.hcl': 'plugin_dir = "/p"' };
  await fails({ ...good, 'c.d/b.hcl': 'x = ' }, /^error loading configuration from c\.d: c\.d\/b\.hcl:1:5: /, ['c.d']);
  assert.equal((await load(good, {}, ['c.d'])).config.logLevel, 'WARN');
});

test('agent #A43: what editors leave behind is passed over in a directory', async () => {
  const files = {
    'c.d/config.hcl~': 'broken',
    'c.d/.#config.hcl': 'broken',
    'c.d/#config.hcl#': 'broken',
    'c.d/notes.txt': 'broken',
    'c.d/config.hcl': 'log_level = "WARN"',
    'c.d/config.json': '{"plugin_dir": "/p"}',
  };
  const { config } = await load(files, {}, ['c.d']);
  assert.deepEqual([config.logLevel, config.pluginDir], ['WARN', '/p']);
});

test('agent #A85: namespaces are trimmed, named once, and a star stands for all', () => {
  assert.deepEqual(normalNamespaces([' a ', 'a', '', 'b']), ['a', 'b']);
  assert.deepEqual(normalNamespaces(['a', '*']), ['*']);
});

test('agent #A86: a high_availability block without enabled leaves it off', async () => {
  const { config } = await load({ 'a.hcl': 'high_availability {\nlock_path = "x"\n}' });
  assert.deepEqual([config.highAvailability.enabled, config.highAvailability.lockPath], [false, 'x']);
});
