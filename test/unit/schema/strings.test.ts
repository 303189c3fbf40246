import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  block,
  bool,
  duration,
  integer,
  listOf,
  number,
  optional,
  secret,
  text,
  withPrefix,
} from '../../../src/schema/field.ts';
import { parseStrings, unknownKeys } from '../../../src/schema/strings.ts';

const strategy = block({
  target: number({
    doc: 'Aim.',
    missing: 'missing required field `target`',
    invalid: (raw) => `invalid value for \`target\`: ${raw} (string)`,
  }),
  maxScaleUp: optional(integer({ doc: 'Step.' })),
  dryRun: bool({ doc: 'Dry.', key: 'dry-run', default: false }),
  waitMs: optional(duration({ doc: 'Wait.' })),
  job: optional(text({ doc: 'Job.', key: 'Job' })),
  availabilityZones: optional(listOf(text({ doc: 'Zones.', aliases: ['availavility_zones'] }))),
  password: optional(secret({ doc: 'Secret.', env: 'OS_PASSWORD' })),
  headers: withPrefix('header_', text({ doc: 'Headers.' })),
});

function settings(map: Record<string, string>, env = {}) {
  const got = parseStrings(strategy, map, env);
  assert.ok(got.ok, JSON.stringify(got));
  return got.value;
}

function problemsOf(map: Record<string, string>) {
  const got = parseStrings(strategy, map);
  return got.ok ? [] : got.problems.map(({ key, detail }) => `${key}: ${detail}`);
}

test('bools, ints, floats and durations are read as Go reads them', () => {
  for (const yes of ['1', 't', 'T', 'TRUE', 'true', 'True'])
    assert.equal(settings({ target: '1', 'dry-run': yes }).dryRun, true);
  for (const no of ['0', 'f', 'F', 'FALSE', 'false', 'False'])
    assert.equal(settings({ target: '1', 'dry-run': no }).dryRun, false);
  assert.deepEqual(problemsOf({ target: '1', 'dry-run': 'yes' }), [
    'dry-run: invalid value for "dry-run": strconv.ParseBool: parsing "yes": invalid syntax',
  ]);
  const floats: Record<string, number> = {
    '70': 70,
    '-0.5': -0.5,
    '.5': 0.5,
    '5.': 5,
    '4e1': 40,
    '+1E-2': 0.01,
    '0x1p-2': 0.25,
    '0x1.8p1': 3,
    inf: Infinity,
    '-Infinity': -Infinity,
    NaN: Number.NaN,
  };
  for (const [written, want] of Object.entries(floats))
    assert.equal(settings({ target: written }).target, want, written);
  for (const bad of ['x', '1_000', '0x1', '1e', ' 1', '1e999']) {
    assert.deepEqual(problemsOf({ target: bad }), [`target: invalid value for \`target\`: ${bad} (string)`]);
  }
  assert.equal(settings({ target: '1', max_scale_up: '+07' }).maxScaleUp, 7);
  for (const bad of ['1.0', '1e3', '9223372036854775808', '0x10'])
    assert.equal(problemsOf({ target: '1', max_scale_up: bad }).length, 1, bad);
  assert.equal(settings({ target: '1', wait: '1h30m' }).waitMs, 5_400_000);
  assert.equal(settings({ target: '1', wait: '0' }).waitMs, 0);
});

test('an empty text counts as absent, also for a required key', () => {
  assert.deepEqual(problemsOf({ target: '' }), ['target: missing required field `target`']);
  assert.deepEqual(problemsOf({ max_scale_up: 'x', wait: '5' }).length, 3);
  assert.equal(settings({ target: '1', max_scale_up: '', 'dry-run': '' }).maxScaleUp, undefined);
});

test('lists are separated by commas, prefixed keys are gathered, the environment stands in', () => {
  const value = settings(
    { target: '1', availability_zones: 'az1, az2', header_Accept: 'text/plain', header_: 'no' },
    { OS_PASSWORD: 'p' },
  );
  assert.deepEqual(value.availabilityZones, ['az1', 'az2']);
  assert.deepEqual(value.headers, { Accept: 'text/plain' });
  assert.equal(value.password, 'p');
});

test('a key in another case or a known misspelling is taken as meant; any other unknown key is named with the nearest one', () => {
  const map = { Target: '70', availavility_zones: 'az1', JOB: 'web', max_scale_upp: '1', zebra: '1', header_X: 'y' };
  const value = settings(map);
  assert.equal(value.target, 70);
  assert.deepEqual(value.availabilityZones, ['az1']);
  assert.equal(value.job, 'web');
  assert.deepEqual(
    unknownKeys(strategy, map).map(({ kind, detail }) => `${kind}: ${detail}`),
    [
      'renamed: "Target" is taken as "target"; write "target"',
      'renamed: "availavility_zones" is taken as "availability_zones"; write "availability_zones"',
      'renamed: "JOB" is taken as "Job"; write "Job"',
      'unknown: unknown key "max_scale_upp"; did you mean "max_scale_up"?',
      'unknown: unknown key "zebra"',
    ],
  );
});

test('the right key wins over a variant of it', () => {
  const map = { target: '1', TARGET: '2' };
  assert.equal(settings(map).target, 1);
  assert.deepEqual(
    unknownKeys(strategy, map).map(({ detail }) => detail),
    ['"TARGET" is ignored because "target" is given too'],
  );
});
