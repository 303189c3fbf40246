import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeText, policyText, soundPolicy } from '../../support/policy-file.ts';

const full = `
scaling "full" {
  enabled = true
  type    = "horizontal"
  min     = 2
  max     = 10

  policy {
    cooldown             = "10m"
    cooldown_on_scale_up = "1m"
    evaluation_interval  = "15s"
    on_check_error       = "ON_CHECK_ERROR"

    schedule {
      start = "0 9 * * *"
      end   = "0 17 * * *"
    }

    check "cpu" {
      source              = "nomad-apm"
      query               = "avg_cpu"
      query_window        = "1m"
      query_window_offset = "2m"
      group               = "cpu"
      on_error            = "ignore"

      schedule {
        start    = "0 10 * * *"
        duration = "2h"
      }

      strategy "target-value" {
        target  = 80
        ratio   = 0.5
        big     = 1000000
        precise = 9007199254740993
        yes     = true
        text    = "x"
      }
    }

    check "memory" {
      source = "prometheus"
      query  = "memory"
      strategy "threshold" {
        lower_bound = -3.50
        delta       = 1
      }
    }

    target "nomad" {
      Job     = "web"
      Group   = "app"
      dry-run = "true"
    }
  }
}
`;
const sound = full.replace('ON_CHECK_ERROR', 'fail');

test('policy #P3, #P11: a full policy keeps everything that is written, and its settings become texts', () => {
  const policy = soundPolicy(sound);
  assert.equal(policy.name, 'full');
  assert.equal(policy.source, 'file');
  assert.equal(policy.origin, 'web.hcl:2:1');
  assert.equal(policy.type, 'horizontal');
  assert.deepEqual([policy.min, policy.max], [2, 10]);
  assert.deepEqual(
    [policy.cooldownMs, policy.cooldownOnScaleUpMs, policy.evaluationIntervalMs],
    [600_000, 60_000, 15_000],
  );
  assert.equal(policy.onCheckError, 'fail');
  assert.equal(policy.schedule?.start.text, '0 9 * * *');
  assert.ok(policy.schedule && 'end' in policy.schedule && policy.schedule.end.text === '0 17 * * *');
  assert.deepEqual(policy.target, {
    name: 'nomad',
    config: { Job: 'web', Group: 'app', 'dry-run': 'true', _nomad_autoscaler_grpc_timeout: '11.25s' },
  });
  assert.deepEqual(policy.warnings, []);
  const [cpu, memory] = policy.checks;
  assert.ok(cpu && memory && policy.checks.length === 2, 'in document order');
  assert.ok(cpu.schedule && 'durationMs' in cpu.schedule && cpu.schedule.durationMs === 7_200_000);
  const { schedule: _, ...rest } = cpu;
  assert.deepEqual(rest, {
    name: 'cpu',
    source: 'nomad-apm',
    query: 'taskgroup_avg_cpu/app/web@default',
    queryWindowMs: 60_000,
    queryWindowOffsetMs: 120_000,
    queryInstant: false,
    group: 'cpu',
    onError: 'ignore',
    strategy: {
      name: 'target-value',
      config: { target: '80', ratio: '0.5', big: '1000000', precise: '9007199254740993', yes: 'true', text: 'x' },
    },
  });
  assert.equal(memory.query, 'memory');
  assert.equal(memory.group, '');
  assert.equal(memory.onError, undefined);
  assert.equal(memory.strategy.config['lower_bound'], '-3.5');
});

test('policy #P1: a full policy of a cluster keeps everything that is written', () => {
  const cluster = sound
    .replace('"horizontal"', '"cluster"')
    .replace(
      /target "nomad" \{[^}]*\}/,
      'target "aws-asg" {\naws_asg_name = "clients"\nnode_class = "web"\nnode_purge = true\n}',
    );
  const policy = soundPolicy(cluster);
  assert.equal(policy.type, 'cluster');
  assert.deepEqual(policy.target, {
    name: 'aws-asg',
    config: {
      aws_asg_name: 'clients',
      node_class: 'web',
      node_purge: 'true',
      _nomad_autoscaler_grpc_timeout: '11.25s',
    },
  });
  assert.deepEqual(
    policy.checks.map(({ name, query, onError }) => [name, query, onError]),
    [
      ['cpu', 'node_avg_cpu/node_class=web', 'ignore'],
      ['memory', 'memory', undefined],
    ],
  );
});

test('policy #P2: another word for on_check_error is refused', () => {
  assert.match(
    decodeText(full).lines.join(),
    /:12:28: invalid value for on_check_error: only fail and ignore are allowed/,
  );
});

test('policy #P4, #P5, #P6: a window is a duration or the word instant', () => {
  const check = (window: string) => `query = "q"\nquery_window = "${window}"\nquery_window_offset = "10m"`;
  const times = (window: string) => {
    const [one] = soundPolicy(policyText({ check: check(window) })).checks;
    return [one?.queryInstant, one?.queryWindowMs, one?.queryWindowOffsetMs];
  };
  assert.deepEqual(times('instant'), [true, 60_000, 600_000]);
  assert.deepEqual(times('5m'), [false, 300_000, 600_000]);
  assert.match(
    decodeText(policyText({ check: check('not-a-duration') })).lines.join(),
    /invalid duration "not-a-duration"/,
  );
});

test('policy #P7, #P8: the only function is jsonencode', () => {
  const query = 'query = jsonencode({plugin="host", metrics=["cpu.used"]})';
  assert.equal(soundPolicy(policyText({ check: query })).checks[0]?.query, '{"metrics":["cpu.used"],"plugin":"host"}');
  assert.match(decodeText(policyText({ check: 'query = file("x")' })).lines.join(), /function named "file"/);
});

test('policy #P9: without a type it is a cluster policy', () => {
  assert.equal(soundPolicy(policyText()).type, 'cluster');
});

test('policy #P10: a policy that is not enabled is left out; one that does not say so is told', () => {
  const off = decodeText(policyText().replace('enabled = true', 'enabled = false'));
  assert.deepEqual([off.policies, off.disabled, off.lines], [[], ['web'], []]);
  const unsaid = decodeText(policyText().replace('enabled = true', ''));
  assert.deepEqual([unsaid.policies, unsaid.disabled], [[], ['web']]);
  assert.match(unsaid.lines.join(), /^warning: web\.hcl:1:1: Policy is not enabled; .* write enabled = true/);
});

test('what is wrong with a policy that is not enabled is a warning, and an error when those are judged too', () => {
  const text = policyText({ policy: 'cooldown = 5' }).replace('enabled = true', 'enabled = false');
  assert.match(decodeText(text).lines.join(), /^warning: web\.hcl:6:12: /);
  assert.match(decodeText(text, { strict: true }).lines.join(), /^warning: web\.hcl:6:12: /);
  assert.match(decodeText(text, { disabledToo: true }).lines.join(), /^web\.hcl:6:12: /);
  const bounds = policyText({ head: 'min = 5\nmax = 1' }).replace('enabled = true', 'enabled = false');
  assert.deepEqual(decodeText(bounds).lines, []);
  assert.match(decodeText(bounds, { disabledToo: true }).lines.join(), /policy Min must not be greater Max/);
});

test('policy #P12, #P13: an ID belongs to a file and a name, wherever the directory lies', () => {
  const id = (name: string, file: string) => decodeText(policyText({ name }), {}, file).policies[0]?.id;
  const first = id('web', '/etc/autoscaler/policies/web.hcl');
  assert.match(first ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(id('web', '/etc/autoscaler/policies/web.hcl'), first);
  assert.equal(id('web', 'policies/web.hcl'), first);
  assert.equal(first, 'b1c3e045-8c08-5acc-99a1-23183b7efa25');
  assert.notEqual(id('web2', 'policies/web.hcl'), first);
  assert.notEqual(id('web', 'policies/other.hcl'), first);
});

test('policy #P14: a policy without policy block or target is refused alone', () => {
  const good = policyText();
  const bad = 'scaling "bare" {\nenabled = true\nmax = 1\n}\n';
  const targetless = policyText({ name: 'aimless', target: '' });
  const { policies, broken, lines } = decodeText(good + bad + targetless);
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['web'],
  );
  assert.deepEqual(broken, ['bare', 'aimless']);
  assert.equal(lines.length, 2);
});

test('policy #P172: one policy with min above max leaves the other of its file running', () => {
  const { policies, broken, lines } = decodeText(
    policyText() + policyText({ name: 'upside', head: 'min = 3\nmax = 1' }),
  );
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['web'],
  );
  assert.deepEqual(broken, ['upside']);
  assert.equal(lines.length, 1);
});

test('of two policies with one name neither is taken', () => {
  const { policies, broken, lines } = decodeText(policyText() + policyText({ name: 'other' }) + policyText());
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['other'],
  );
  assert.deepEqual(broken, ['web']);
  assert.match(
    lines.join(),
    /web\.hcl:39:1: Duplicate scaling block; A policy "web" is already defined at web\.hcl:1:1/,
  );
});

test('a file that cannot be read as HCL is broken as a whole', () => {
  const { policies, broken } = decodeText(`${policyText()}}`);
  assert.deepEqual([policies, broken], [[], 'all']);
});

test('a policy in JSON means the same', () => {
  const json = JSON.stringify({
    scaling: {
      web: {
        enabled: true,
        min: 1,
        max: '4',
        policy: {
          check: { load: { source: 'prometheus', query: 'avg(load)', strategy: { 'target-value': { target: 70 } } } },
          target: { 'nomad-target': { Job: 'web', Group: 'app' } },
        },
      },
    },
  });
  const [policy] = decodeText(json, {}, 'web.json').policies;
  assert.deepEqual({ ...policy, id: '', origin: '' }, { ...soundPolicy(policyText()), id: '', origin: '' });
});

test('the policy of the founding story is sound as it stands', () => {
  const file = new URL('../../fixtures/policies/os-nova-worker-pool.hcl', import.meta.url);
  const policy = soundPolicy(readFileSync(file, 'utf8'));
  assert.deepEqual([policy.type, policy.min, policy.max], ['cluster', 1, 2]);
  assert.equal(policy.checks[0]?.query, 'node_percentage-allocated_cpu/node_class=nom-pool');
  assert.equal(policy.target.config['availability_zones'], 'az1');
  assert.equal(policy.target.config['node_purge'], 'true');
});
