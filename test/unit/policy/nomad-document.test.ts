import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '../../../src/policy/nomad-blocks.ts';
import { checkOf, draftOfDocument, readNomadPolicy, targetOf } from '../../../src/policy/nomad-document.ts';
import { type Body, cpu, document, invalid, sound, withCheck, withPolicy } from '../../support/policy-document.ts';
import { settings } from '../../support/policy-file.ts';

test('policy #P17: a full policy keeps everything; settings become texts and overlay what Nomad knows of the target', () => {
  const draft = draftOfDocument(
    document({
      Enabled: false,
      Min: 2,
      Policy: {
        cooldown: '10m',
        cooldown_on_scale_up: '1m',
        evaluation_interval: '5s',
        on_check_error: 'fail',
        check: [{ one: [cpu] }, { two: [{ ...cpu, source: 'prometheus', group: 'g', on_error: 'ignore' }] }],
        target: [{ target: [{ int: 2, bool: true, str: 'str', big: 1_234_567, small: 0.000001, Group: 'other' }] }],
      },
    }),
  );
  assert.deepEqual(draft.target, {
    name: 'target',
    config: {
      Namespace: 'default',
      Job: 'web',
      Group: 'other',
      int: '2',
      bool: 'true',
      str: 'str',
      big: '1234567',
      small: '0.000001',
    },
  });
  assert.deepEqual([draft.min, draft.max, draft.type, draft.name], [2, 4, 'horizontal', 'web/app']);
  assert.deepEqual([draft.cooldownMs, draft.cooldownOnScaleUpMs, draft.evaluationIntervalMs], [600_000, 60_000, 5000]);
  assert.equal(draft.onCheckError, 'fail');
  assert.deepEqual(
    draft.checks.map(({ name, group, onError }) => [name, group, onError]),
    [
      ['one', '', ''],
      ['two', 'g', 'ignore'],
    ],
  );
});

test('policy #P18: the least that a policy can say is one check', () => {
  const draft = draftOfDocument(document());
  assert.deepEqual(targetOf(document()), { name: '', config: { Namespace: 'default', Job: 'web', Group: 'app' } });
  assert.deepEqual([draft.min, draft.cooldownMs, draft.evaluationIntervalMs], [1, 0, 0]);
  assert.deepEqual(draft.checks[0]?.strategy, { name: 'target-value', config: { target: '70' } });
});

test('policy #P20: an empty policy block has no checks and the target that Nomad knows', () => {
  const draft = draftOfDocument(document({ Policy: {} }));
  assert.deepEqual(draft.checks, []);
  assert.deepEqual(draft.target.config, { Namespace: 'default', Job: 'web', Group: 'app' });
});

test('policy #P21: a bad duration is as if it were not written', () => {
  const draft = draftOfDocument(withPolicy({ evaluation_interval: 'invalid', cooldown: 'invalid' }));
  assert.deepEqual([draft.evaluationIntervalMs, draft.cooldownMs], [0, 0]);
});

test('policy #P22, #P23: a target block has a name by its label', () => {
  const known = { Namespace: 'default', Job: 'web', Group: 'app' };
  assert.deepEqual(targetOf(withPolicy({ target: [{ target: [{}] }] })), { name: 'target', config: known });
  assert.equal(targetOf(withPolicy({ target: [{}] })), undefined);
});

test('policy #P24, #P25, #P26, #P27, #P28, #P30: checks and strategies are taken by their labels', () => {
  assert.deepEqual(checkOf('check', {}), {
    name: 'check',
    source: '',
    query: '',
    queryWindowMs: 0,
    queryInstant: false,
    queryWindowOffsetMs: 0,
    group: '',
    onError: '',
    schedule: undefined,
    strategy: undefined,
  });
  assert.deepEqual(draftOfDocument(withPolicy({ check: [{}] })).checks, []);
  assert.equal(checkOf('c', { query: 'q' }).strategy, undefined);
  assert.deepEqual(checkOf('c', { strategy: [{ strategy: [{}] }] }).strategy, { name: 'strategy', config: {} });
  assert.equal(checkOf('c', { strategy: [{}] }).strategy, undefined);
  const strategy = [{ threshold: [{ within_bounds_trigger: 1 }] }];
  const instant = checkOf('c', { query: 'q', query_window: 'instant', strategy });
  assert.deepEqual([instant.queryInstant, instant.queryWindowMs], [true, 0]);
});

test('policy #P29: a body is one object, alone or alone in a list', () => {
  assert.deepEqual(bodyOf([{ a: 1 }]), { a: 1 });
  assert.deepEqual(bodyOf({ a: 1 }), { a: 1 });
  for (const other of [null, 1, [], [{}, {}], [1]]) assert.equal(bodyOf(other), undefined, JSON.stringify(other));
});

test('policy #P31, #P59: schedules of policy and check are kept, as a list of one or as an object', () => {
  const schedule = { start: '0 9 * * *', end: '0 17 * * *' };
  const length = { start: '0 9 * * *', duration: '8h' };
  const policy = sound(withPolicy({ schedule: [schedule], check: [{ cpu: [{ ...cpu, schedule: length }] }] }));
  assert.ok(policy.schedule && 'end' in policy.schedule && policy.schedule.end.text === schedule.end);
  const [check] = policy.checks;
  assert.ok(check?.schedule && 'durationMs' in check.schedule && check.schedule.durationMs === 28_800_000);
});

test('policy #P66: a policy that says everything is changed in the deadline of the status call only', () => {
  const check = {
    source: 'prometheus',
    query: 'q',
    query_window: '2m',
    query_window_offset: '1m',
    strategy: [{ x: [{ a: 'b' }] }],
  };
  const policy = sound(
    withPolicy({
      cooldown: '1m',
      cooldown_on_scale_up: '2m',
      evaluation_interval: '1s',
      check: [{ cpu: [check] }],
      target: [{ mine: [{ k: 'v' }] }],
    }),
  );
  assert.deepEqual(policy.target, {
    name: 'mine',
    config: { Namespace: 'default', Job: 'web', Group: 'app', k: 'v', _nomad_autoscaler_grpc_timeout: '750ms' },
  });
  assert.deepEqual(
    [policy.cooldownMs, policy.cooldownOnScaleUpMs, policy.evaluationIntervalMs],
    [60_000, 120_000, 1000],
  );
  assert.deepEqual([policy.checks[0]?.queryWindowMs, policy.checks[0]?.queryWindowOffsetMs], [120_000, 60_000]);
  assert.deepEqual([policy.id, policy.source, policy.name, policy.warnings], ['an-id', 'nomad', 'web/app', []]);
});

test('policy #P67: without a type, target or interval it is horizontal and scales its group every ten seconds', () => {
  const bare = draftOfDocument({ ...document({ Type: '', Target: null, Policy: {} }) });
  assert.deepEqual([bare.type, bare.target], ['horizontal', { name: 'nomad-target', config: {} }]);
  const policy = sound(document({ Type: '' }));
  assert.deepEqual(
    [policy.type, policy.target.name, policy.evaluationIntervalMs],
    ['horizontal', 'nomad-target', 10_000],
  );
});

const target = { Namespace: 'my_ns', Job: 'my_job', Group: 'my_group' };

test('policy #P69, #P70, #P71: short queries to the Nomad APM are written out for the group', () => {
  const policy = sound({ ...withCheck({}), Target: { Namespace: 'ns', Job: 'job', Group: 'group' } });
  const [check] = policy.checks;
  assert.deepEqual(
    [check?.source, check?.query, check?.queryWindowMs, policy.target.config['_nomad_autoscaler_grpc_timeout']],
    ['nomad-apm', 'taskgroup_avg_cpu/group/job@ns', 60_000, '7.5s'],
  );
  for (const source of [undefined, 'nomad-apm']) {
    const own = sound({ ...withCheck({ source }), Target: target });
    assert.equal(own.checks[0]?.query, 'taskgroup_avg_cpu/my_group/my_job@my_ns');
  }
});

test('policy #P72, #P73: queries of other sources, and those written out, stay', () => {
  assert.equal(sound(withCheck({ source: 'other' })).checks[0]?.query, 'avg_cpu');
  const [check] = sound(withCheck({ query: 'avg_cpu/x' })).checks;
  assert.deepEqual([check?.query, check?.source], ['avg_cpu/x', 'nomad-apm']);
});

test('policy #P74: the defaults are those of the agent', () => {
  const policy = sound(document(), { ...settings, defaultCooldownMs: 3_600_000, defaultEvaluationIntervalMs: 5000 });
  assert.deepEqual(
    [policy.cooldownMs, policy.cooldownOnScaleUpMs, policy.evaluationIntervalMs],
    [3_600_000, 3_600_000, 5000],
  );
});

test('a node pool may be asked in a query that is written out', () => {
  const query = 'node_percentage-allocated_cpu/node_class=x';
  const pool = [{ 'os-nova': [{ node_class: 'x' }] }];
  const one = withPolicy({ check: [{ cpu: [{ ...cpu, query }] }], target: pool });
  assert.equal(sound({ ...one, Type: 'cluster', Target: {} }).checks[0]?.query, query);
});

test('a cluster policy without a target is refused', () => {
  assert.match(invalid(document({ Type: 'cluster' })), /missing target/);
});

test('checks keep the order of the job', () => {
  const check = ['zebra', 'apple', 'mango'].map((name) => ({ [name]: [cpu] }));
  assert.deepEqual(
    sound(withPolicy({ check })).checks.map(({ name }) => name),
    ['zebra', 'apple', 'mango'],
  );
});

test('keys that nobody reads are warnings with the nearest known name', () => {
  const check = [{ cpu: [{ ...cpu, target: [{ 'nomad-target': [{}] }], querry: 'x' }] }];
  assert.deepEqual(sound(withPolicy({ check, cooldwn: '1m', default_cooldown: '1m' })).warnings, [
    'web/app: scaling.policy: "cooldwn" is not known here and is ignored. Did you mean "cooldown"?',
    'web/app: scaling.policy: "default_cooldown" is not known here and is ignored. Here it is "cooldown"; "default_cooldown" belongs to the policy block of the agent.',
    'web/app: scaling.policy.check[cpu]: "target" is not known here and is ignored. It belongs beside the check, into policy { … }.',
    'web/app: scaling.policy.check[cpu]: "querry" is not known here and is ignored. Did you mean "query"?',
  ]);
});

test('labels that lead to no plugin are warnings with the nearest label, or all of them', () => {
  const labels = { apm: new Set(['nomad-apm']), strategy: new Set(['target-valu', 'x']), target: new Set(['a', 'b']) };
  const read = readNomadPolicy(document(), { settings, labels });
  assert.deepEqual('policy' in read && read.policy.warnings, [
    'web/app: No target plugin "nomad-target" is configured; configured are "a", "b"',
    'web/app: No strategy plugin "target-value" is configured; did you mean "target-valu"?',
  ]);
});

test('what plugins find in their settings is a warning, and an error when strict; so are overlapping thresholds', () => {
  const finding = { kind: 'unknown', key: 'targt', detail: 'unknown key "targt"' } as const;
  const plugins = { policyConfig: (type: string) => (type === 'strategy' ? () => [finding] : undefined) };
  const text = 'web/app: scaling.policy.check[cpu].strategy[target-value]: unknown key "targt"';
  const lenient = readNomadPolicy(document(), { settings, plugins });
  assert.deepEqual('policy' in lenient && lenient.policy.warnings, [text]);
  assert.deepEqual(readNomadPolicy(document(), { settings, plugins, strict: true }), { invalid: text });
  const band = (bounds: Body) => [{ ...cpu, strategy: [{ threshold: [bounds] }] }];
  const few = band({ upper_bound: 2, delta: -1 });
  const many = band({ lower_bound: 0.5, delta: 1 });
  assert.match(
    sound(withPolicy({ check: [{ few }, { many }] })).warnings.join(),
    /Between 0\.5 and 2 both "few" and "many"/,
  );
});
