import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJob } from '../../../src/nomad-server/jobspec/parse.ts';
import { inGroup, inTask, type Made, parsed, refusal } from '../../support/job-file.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

test('jobspec #1: the smallest job has its names, and no count until it is made canonical', () => {
  const job = parsed(
    'job "a" {\n group "g" {\n task "t" {\n driver = "docker"\n config {\n image = "x"\n }\n }\n }\n}',
  );
  assert.equal(job['ID'], 'a');
  assert.equal(job['Name'], 'a');
  assert.equal(job['TaskGroups']?.[0]?.['Count'], null);
  assert.deepEqual(job['TaskGroups']?.[0]?.['Tasks']?.[0]?.['Config'], { image: 'x' });
});

test('jobspec #2, #3, #4: a file has one job block, and names nothing that is not known', () => {
  assert.match(
    refusal(() => parsed('locals {}')),
    /Missing job block; A job block is required/,
  );
  assert.match(
    refusal(() => parsed('job "a" {}\njob "b" {}')),
    /input\.hcl:2,1-8: Duplicate job block; .* at input\.hcl:1,1-8\./,
  );
  assert.match(
    refusal(() => inGroup('foo = 1')),
    /input\.hcl:3,2-5: Unsupported argument; An argument named "foo" is not expected here/,
  );
});

test('jobspec #5, #6, #7, #57: numbers and durations may be texts, and nonsense has its place', () => {
  assert.equal(inGroup('count = "3"')?.['Count'], 3);
  assert.equal(inTask('kill_timeout = "1m30s"')?.['KillTimeout'], 90_000_000_000);
  assert.match(
    refusal(() => inTask('kill_timeout = "xx"')),
    /Unsuitable value type; Unsuitable duration value: time: invalid duration "xx"/,
  );
  assert.match(
    refusal(() => inGroup('count = true')),
    /Unsuitable value type; Unsuitable value: number required, but have bool/,
  );
  assert.match(
    refusal(() => inGroup('count = 1.5')),
    /input\.hcl:3,\d+-\d+: Unsuitable value type; Unsuitable value: value must be a whole number/,
  );
});

test('jobspec #8, #9, #10: templates are kept, and what only a node knows stays as it is written', () => {
  const template = inTask(
    'template {\n data = <<-EOT\n      a {{ key "x" }}\n        ${NOMAD_PORT_http}\n    EOT\n destination = "x"\n }',
  );
  assert.equal(template?.['Templates']?.[0]?.['EmbeddedTmpl'], 'a {{ key "x" }}\n  ${NOMAD_PORT_http}\n');
  const one = inGroup('constraint {\n attribute = "x"\n value = "${node.class}"\n }')?.['Constraints']?.[0];
  assert.deepEqual(one, { LTarget: 'x', RTarget: '${node.class}', Operand: '=' });
});

test('jobspec #11, #12, #14, #15: variables and locals are resolved, in any order, and a missing one is named', () => {
  const text =
    'variable "n" {\n default = "x"\n}\nlocals {\n a = "${local.b}!"\n b = "${var.n}y"\n}\njob "a" {\n meta {\n v = local.a\n }\n}';
  assert.deepEqual(parsed(text)['Meta'], { v: 'xy!' });
  assert.deepEqual(parsed(text, 'n = "z"')['Meta'], { v: 'zy!' });
  assert.match(
    refusal(() => parsed('variable "n" {}\njob "a" {}')),
    /<nil>: Unset variable "n"; /,
  );
  assert.match(
    refusal(() => parsed('locals {\n a = local.b\n b = local.a\n}\njob "a" {}')),
    /does not have an attribute named/,
  );
});

test('jobspec #19: a map may be a block or an attribute', () => {
  assert.deepEqual(inGroup('meta {\n a = 1\n }')?.['Meta'], { a: '1' });
  assert.deepEqual(inGroup('meta = { a = 1 }')?.['Meta'], { a: '1' });
});

test('jobspec #21, #22, #25, #26: a scaling block keeps its policy as Nomad keeps it', () => {
  const text = `scaling {
    min = 1
    max = 5
    policy {
      cooldown = "1m"
      check "cpu" {
        source = "prometheus"
        strategy "target-value" {
          target = 70
        }
      }
    }
  }`;
  assert.deepEqual(inGroup(text)?.['Scaling'], {
    ...{ ID: '', Namespace: '', Target: null, CreateIndex: 0, ModifyIndex: 0, Enabled: null, Min: 1, Max: 5 },
    Type: 'horizontal',
    Policy: {
      cooldown: '1m',
      check: [{ cpu: [{ source: 'prometheus', strategy: [{ 'target-value': [{ target: 70 }] }] }] }],
    },
  });
  assert.match(
    refusal(() => inGroup('scaling {\n min = 1\n }')),
    /Missing required argument; The argument "max" is required/,
  );
  assert.equal(inTask('scaling "cpu" {\n max = 5\n }')?.['ScalingPolicies']?.[0]?.['Type'], 'vertical_cpu');
  assert.match(
    refusal(() => inTask('scaling "disk" {\n max = 5\n }')),
    /scaling policy name must be "cpu" or "mem"/,
  );
});

test('jobspec #27, #28, #29: ports, and constraints in one word', () => {
  const network = inGroup('network {\n port "h" {\n static = 80\n }\n port "d" {}\n }')?.['Networks']?.[0];
  assert.deepEqual(network?.['ReservedPorts'], [
    { Label: 'h', Value: 80, To: 0, HostNetwork: '', IgnoreCollision: false },
  ]);
  assert.equal(network?.['DynamicPorts']?.[0]?.['Label'], 'd');
  const constraint = (text: string) => inGroup(`constraint {\n ${text}\n }`)?.['Constraints']?.[0];
  assert.deepEqual(constraint('distinct_hosts = true'), { LTarget: '', RTarget: 'true', Operand: 'distinct_hosts' });
  assert.deepEqual(constraint('attribute = "${attr.cpu.arch}"\n regexp = "^amd"'), {
    ...{ LTarget: '${attr.cpu.arch}', RTarget: '^amd', Operand: 'regexp' },
  });
});

test('jobspec #34, #47, #49, #54: legacy port maps, tasks of the job itself, JSON job files, lifecycles', () => {
  assert.deepEqual(inTask('config {\n port_map {\n http = 8080\n }\n }')?.['Config'], { port_map: [{ http: 8080 }] });
  const job = parsed(
    'job "b" {\n group "g" {\n task "t" {\n driver = "exec"\n }\n }\n task "x" {\n driver = "exec"\n }\n}',
  );
  assert.deepEqual(
    (job['TaskGroups'] as unknown as Made[]).map((group) => group['Name']),
    ['x', 'g'],
  );
  const json = parsed(
    '{"job":{"a":{"group":{"g":{"count":2,"task":{"t":{"driver":"exec","config":{"args":["x"]}}}}}}}}',
  );
  const hcl = parsed(
    'job "a" {\n group "g" {\n count = 2\n task "t" {\n driver = "exec"\n config {\n args = ["x"]\n }\n }\n }\n}',
  );
  assert.deepEqual(json, hcl);
  assert.deepEqual(inTask('lifecycle {\n hook = "prestart"\n sidecar = true\n }')?.['Lifecycle'], {
    Hook: 'prestart',
    Sidecar: true,
  });
});

test('recorded job files become what Nomad makes of them', needsShared('golden/nomad/http-parse.json'), () => {
  const { steps } = JSON.parse(readFileSync(sharedPath('golden/nomad/http-parse.json') ?? '', 'utf8'));
  let equal = 0;
  for (const { body, answer, path } of steps) {
    if (typeof body !== 'object' || body?.Canonicalize || path !== '/v1/jobs/parse') continue;
    let made: unknown;
    try {
      made = parseJob(body);
    } catch (error) {
      made = (error as Error).message;
    }
    if (JSON.stringify(sorted(made)) === JSON.stringify(sorted(answer))) equal++;
  }
  // What is missing: functions beyond jsonencode, dynamic blocks, checks of variables.
  assert.ok(equal >= 41, `${equal} recorded answers are equal`);
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

test("jobspec: of a task's identities the one without a name, or of the name default, is its own", () => {
  const both = inTask('identity {\n env = true\n }\n identity {\n name = "vault"\n aud = ["v"]\n ttl = "1h"\n }');
  assert.equal(both?.['Identity']?.['Env'], true);
  assert.deepEqual(both?.['Identities']?.[0]?.['Audience'], ['v']);
  assert.equal(both?.['Identities']?.[0]?.['TTL'], 3600e9);
  const named = inTask('identity {\n name = "default"\n }');
  assert.deepEqual([named?.['Identity']?.['Name'], named?.['Identities']], ['default', null]);
  assert.deepEqual([inTask('')?.['Identity'], inTask('')?.['Identities']], [null, null]);
});

test('jobspec: plugins of storage, schedules, regions and meshes are stored as the API names them', () => {
  assert.equal(
    inTask('csi_plugin {\n id = "x"\n health_timeout = "5s"\n }')?.['CSIPluginConfig']?.['HealthTimeout'],
    5e9,
  );
  assert.equal('CSIPluginConfig' in (inTask('') ?? {}), false);
  assert.equal(inTask('schedule {\n cron {\n end = "1 2"\n }\n }')?.['Schedule']?.['Cron']?.['End'], '1 2');
  const regions = parsed('job "a" {\n multiregion {\n region "west" {\n count = 2\n }\n }\n group "g" {}\n}');
  assert.equal(regions['Multiregion']?.['Regions']?.[0]?.['Name'], 'west');
  const mesh = 'connect {\n sidecar_service {\n proxy {\n upstreams {\n local_bind_port = 80\n }\n }\n }\n }';
  const service = inGroup(`service {\n ${mesh}\n }`)?.['Services']?.[0];
  const upstream = service?.['Connect']?.['SidecarService']?.['Proxy']?.['Upstreams']?.[0];
  assert.equal(upstream?.['LocalBindPort'], 80);
});
