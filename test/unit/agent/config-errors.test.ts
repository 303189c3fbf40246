import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ConfigLayer } from '../../../src/agent/config.ts';
import { loadConfig } from '../../../src/agent/config-files.ts';
import { configReader } from '../../support/config-reader.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

async function errorOf(files: Readonly<Record<string, string>>, paths = Object.keys(files), flags: ConfigLayer = {}) {
  try {
    await loadConfig({ paths, flags, cwd: '/run' }, configReader(files));
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  return undefined;
}

test('agent #A27: a path that is not there is told as the system tells it', async () => {
  assert.equal(
    await errorOf({}, ['/nonexistent/x.hcl']),
    'error loading configuration from /nonexistent/x.hcl: stat /nonexistent/x.hcl: no such file or directory',
  );
});

test('agent #A28: what is no HCL is an error with its place', async () => {
  assert.match(
    (await errorOf({ 'a.hcl': 'not valid hcl!!' })) ?? '',
    /^error loading configuration from a\.hcl: a\.hcl:1:14: /,
  );
});

test('agent #A36: another suffix is no supported format', async () => {
  assert.match(
    (await errorOf({ 'a.txt': '{"log_level": "WARN"}' })) ?? '',
    /Unsupported file format.*unrecognized file format suffix/,
  );
  assert.equal(await errorOf({ 'A.HCL': 'log_level = "WARN"' }), undefined);
});

test('agent #A37: a block that may stand once is an error when it stands twice', async () => {
  assert.match(
    (await errorOf({ 'a.hcl': 'nomad {\n}\nnomad {\n}' })) ?? '',
    /a\.hcl:3:1: Duplicate nomad block; .*a\.hcl:1:1/,
  );
});

test('all errors of all files come at once, each with its place', async () => {
  const message = await errorOf({ 'a.hcl': 'foo = 1\nbar = 2', 'b.hcl': 'policy { default_cooldown = "5d" }' });
  assert.equal(message?.split('\n')[0], '3 errors occurred:');
  assert.match(
    message ?? '',
    /\ta?\* error loading configuration from a\.hcl: a\.hcl:1:1: Unsupported argument; .*"foo"/,
  );
  assert.match(message ?? '', /a\.hcl:2:1: Unsupported argument; .*"bar"/);
  assert.match(message ?? '', /b\.hcl:1:29: .*time: unknown unit "d" in duration "5d"/);
});

test('an unknown key is told with the nearest known one', async () => {
  assert.match((await errorOf({ 'a.hcl': 'log_levle = "debug"' })) ?? '', /Did you mean "log_level"\?/);
});

test('a config block instead of a config map is told with the way out, and without what stands in it', async () => {
  const message = await errorOf({ 'a.hcl': 'target "x" {\n  driver = "x"\n  config {\n    token = "hush"\n  }\n}' });
  assert.match(message ?? '', /a\.hcl:3:3: .*equals sign/);
  assert.doesNotMatch(message ?? '', /hush/);
});

test('agent #A45: an attribute of the Enterprise edition is named with its whole path', async () => {
  assert.equal(
    await errorOf({ 'a.hcl': 'dynamic_application_sizing {\n  cpu_metric = "x"\n  evaluate_after = "1h"\n}' }),
    [
      'invalid configuration. 2 errors occurred:',
      '\t* a.hcl:3:20: dynamic_application_sizing -> evaluate_after is only supported in Nomad Autoscaler Enterprise',
      '\t* a.hcl:2:16: dynamic_application_sizing -> cpu_metric is only supported in Nomad Autoscaler Enterprise',
      '\n',
    ].join('\n'),
  );
});

test('agent #A46: an Enterprise block that says nothing is let through', async () => {
  assert.equal(await errorOf({ 'a.hcl': 'dynamic_application_sizing {}' }), undefined);
  const zero = 'dynamic_application_sizing {\n  cpu_metric = ""\n  evaluate_after = "0s"\n}';
  assert.equal(await errorOf({ 'a.hcl': zero }), undefined);
});

test('agent #A82–A84: negative workers, a delivery limit of 0 and unknown sources are errors', async () => {
  const one = async (text: string) => (await errorOf({ 'a.hcl': text }))?.trimEnd();
  const head = 'invalid configuration. 1 error occurred:\n\t* ';
  assert.equal(
    await one('policy_eval { workers = { cluster = -1 } }'),
    `${head}a.hcl:1:25: policy_workers -> number of workers for "cluster" must be positive`,
  );
  assert.equal(
    await one('policy_eval { delivery_limit = 0 }'),
    `${head}a.hcl:1:32: policy_workers -> delivery_limit must be bigger than 0`,
  );
  assert.equal(
    await one('policy {\n  source "consul" {}\n}'),
    `${head}a.hcl:2:3: source[consul] -> invalid source "consul"`,
  );
});

test('negative workers of the command line are told without a place', async () => {
  assert.equal(
    await errorOf({}, [], { workers: { cluster: -1 } }),
    '1 error occurred:\n\t* policy_workers -> number of workers for "cluster" must be positive\n\n',
  );
});

test('a negative duration is an error', async () => {
  const message = await errorOf({ 'a.hcl': 'telemetry { collection_interval = "-1s" }' });
  assert.match(message ?? '', /a\.hcl:1:35: collection_interval must not be negative/);
  assert.match(
    (await errorOf({}, [], { policy: { defaultCooldownMs: -1 } })) ?? '',
    /default_cooldown must not be negative/,
  );
});

test('a path with a variable that nobody expanded is an error that shows it', async () => {
  const flags = { policy: { dir: `$\{NOMAD_TASK_DIR}/policies/` } };
  assert.match(
    (await errorOf({}, [], flags)) ?? '',
    /\$\{NOMAD_TASK_DIR\}\/policies\/ contains a variable that was never expanded/,
  );
  assert.match((await errorOf({}, [`$\{X}/a.hcl`])) ?? '', /variable that was never expanded/);
});

test('what upstream takes and this agent does nothing with is a warning', async () => {
  const text = 'policy_eval {\n  ack_timeout = "5m"\n}\ntelemetry {\n  circonus_submission_url = "http://x:1"\n}';
  const { warnings } = await loadConfig({ paths: ['a.hcl'], flags: {}, cwd: '/' }, configReader({ 'a.hcl': text }));
  assert.deepEqual(warnings, [
    'a.hcl:2:17: ack_timeout has no effect here',
    'circonus_submission_url has no effect here',
  ]);
});

test('what is accepted but means nothing is a warning', async () => {
  const text = 'log_level = "warning"\npolicy_eval { workers = { clustre = 1 } }';
  const { warnings } = await loadConfig({ paths: ['a.hcl'], flags: {}, cwd: '/run' }, configReader({ 'a.hcl': text }));
  assert.deepEqual(warnings, [
    'a.hcl:2:25: there is no queue "clustre"; did you mean "cluster"?',
    'a.hcl:1:13: there is no log level "warning", so it is info; did you mean "warn"?',
  ]);
});

const recordings = 'golden/autoscaler/broken';

/** Where ours differs on purpose: the entry counts and not the map around it, the quote and not the text inside. */
const ownPlaces: Readonly<Record<string, string>> = {
  'config-apm-config-list-value.txt': 'c.hcl:4:5: ',
  'config-bool-word.txt': 'c.hcl:1:12: ',
  'config-wrong-type.txt': 'c.hcl:2:15: ',
};

test(
  'agent #A90: broken files are refused at the place and for the reason of upstream',
  needsShared(recordings),
  async () => {
    const names = readdirSync(sharedPath(recordings) ?? '').filter((name) => name.startsWith('config-'));
    assert.ok(names.length > 25);
    const bad: string[] = [];
    for (const name of names) {
      const text = readFileSync(`${sharedPath(recordings)}/${name}`, 'utf8');
      const [inputs = '', output = ''] = text.split('=== output\n');
      const files: Record<string, string> = {};
      for (const [, file, body] of inputs.matchAll(/^=== (\S+)\n([\s\S]*?)(?=^=== |$(?![\s\S]))/gm)) {
        files[`in.d/${file}`] = body ?? '';
      }
      const message = await errorOf(files, ['in.d']);
      if (!/^exit 1/m.test(output)) {
        assert.equal(message, undefined, name);
        continue;
      }
      assert.ok(message !== undefined, name);
      const place = /in\/(\S+?):(\d+),(\d+)-/.exec(output);
      const here = ownPlaces[name] ?? `${place?.[1]}:${place?.[2]}:${place?.[3]}: `;
      if (place !== null && !message.includes(`in.d/${here}`)) bad.push(`${name}: ${here} / ${message}`);
      const reason =
        /(?:-\d+(?:,\d+)?: |\* DATA_DIR\/in: |\.hcl: (?=time))(.*?)(?:, and 1 other diagnostic\(s\))?$/m.exec(
          output,
        )?.[1];
      const heart = reason?.split('; ').at(0);
      if (heart === undefined || !message.includes(heart)) bad.push(`${name}: ${heart} / ${message}`);
    }
    assert.deepEqual(bad, []);
  },
);
