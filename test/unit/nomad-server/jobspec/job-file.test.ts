/** What job files may say beyond plain values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJob } from '../../../../src/nomad-server/jobspec/canonicalize.ts';
import { parseJobFile } from '../../../../src/nomad-server/jobspec/job-file.ts';
import { parseJob } from '../../../../src/nomad-server/jobspec/parse.ts';
import type { JobInputs } from '../../../../src/nomad-server/jobspec/variables.ts';
import { inGroup, inTask, type Made, parsed, refusal } from '../../../support/job-file.ts';

test('jobspec #13: the environment is overruled by the command line', () => {
  const text = 'variable "n" {\n type = number\n}\njob "a" {\n priority = var.n\n}';
  const read = (inputs: JobInputs) => {
    const file = parseJobFile('x.hcl', text, inputs);
    return 'job' in file ? file.job['Priority'] : file.errors;
  };
  assert.equal(read({ environment: { n: '5' } }), 5);
  assert.equal(read({ environment: { n: '5' }, file: 'n = 7', flags: { n: '6' } }), 6);
  assert.match(String(read({ flags: { n: '6', nosuch: '1' } })), /Undefined -var variable/);
});

test('jobspec #12: a default that does not fit the type of its variable is refused where it stands', () => {
  const text = 'variable "n" {\n type = list(number)\n default = ["a"]\n}\njob "a" {}';
  assert.match(
    refusal(() => parsed(text)),
    /input\.hcl:3,12-17: Invalid default value .* type constraint: a number is required\.$/,
  );
});

test('a set has each of its values once, however large', () => {
  const text = (list: string) =>
    `variable "s" {\n type = set(number)\n default = ${list}\n}\njob "a" {\n priority = length(var.s)\n}`;
  assert.equal(parsed(text('[9007199254740993, 9007199254740993, 1]'))['Priority'], 2);
});

test('jobspec #16: dynamic blocks are made from lists and maps, labels and all, in free bodies too', () => {
  const group = inGroup(
    'network {\n dynamic "port" {\n for_each = ["a", "b"]\n labels = [port.value]\n content {}\n }\n }',
  );
  const ports = group?.['Networks']?.[0]?.['DynamicPorts'];
  assert.deepEqual([ports?.[0]?.['Label'], ports?.[1]?.['Label'], ports?.[2]], ['a', 'b', undefined]);
  const task = inTask(
    'config {\n dynamic "mount" {\n for_each = { x = 1 }\n iterator = it\n content {\n to = it.key\n n = it.value\n }\n }\n }',
  );
  assert.deepEqual(task?.['Config'], { mount: [{ to: 'x', n: 1 }] });
  const after = inTask(
    'meta {\n a = "${it.key}"\n }\n config {\n dynamic "it" {\n for_each = [1]\n content {}\n }\n b = it.key\n }',
  );
  assert.deepEqual([after?.['Meta'], after?.['Config']?.['b']], [{ a: '${it.key}' }, '${it.key}']);
});

test('jobspec #17, #18, #60: functions are there, but for those that read files', () => {
  const value = (expression: string) => inTask(`meta {\n x = ${expression}\n }`)?.['Meta']?.['x'];
  assert.equal(value('upper("a")'), 'A');
  assert.equal(value('jsonencode({a=1})'), '{"a":1}');
  assert.equal(value('format("%s-%02d", "a", 3)'), 'a-03');
  assert.match(
    refusal(() => value('file("x")')),
    /Call to function "file" failed: filesystem function disabled/,
  );
  assert.match(
    refusal(() => value('length("abc")')),
    /collection must be a list, a map or a tuple/,
  );
});

test('jobspec #20: a map is a block or an attribute, not both', () => {
  assert.match(
    refusal(() => inTask('env {\n A = 1\n }\n env = {\n B = 2\n }')),
    /Duplicate env block; env may not be defined more than once\. Another definition is defined at input\.hcl:8,2-10,3\./,
  );
});

test('jobspec #31, #35: ports of the group, and what a short job leaves to its defaults', () => {
  const game =
    'network {\n port "http" {\n static = 80\n }\n }\n task "t2" {\n driver = "docker"\n config {\n ports = ["http"]\n }\n }';
  const group = inGroup(game);
  assert.equal(group?.['Networks']?.[0]?.['ReservedPorts']?.[0]?.['Value'], 80);
  assert.deepEqual(group?.['Tasks']?.[0]?.['Config'], { ports: ['http'] });
  const short = parseJob({
    JobHCL:
      'job "example" {\n group "cache" {\n network {\n port "db" {\n to = 6379\n }\n }\n task "redis" {\n driver = "docker"\n resources {\n cpu = 500\n memory = 256\n }\n }\n }\n}',
  });
  const made = canonicalJob(short, { region: 'global', namespace: 'default' });
  assert.deepEqual(made.Datacenters, ['*']);
  assert.equal(made.TaskGroups[0]?.Networks?.[0]?.DynamicPorts?.[0]?.To, 6379);
  assert.deepEqual(
    [made.TaskGroups[0]?.Tasks[0]?.Resources.CPU, made.TaskGroups[0]?.Tasks[0]?.Resources.MemoryMB],
    [500, 256],
  );
});

test('jobspec #32: names, signs and values on lines of their own are joined where walkthroughs of old are let through', () => {
  const values =
    ' region\n =\n "us"\n datacenters\n =\n ["us-west-1", "us-east-1"]\n type = "service"\n update {\n max_parallel\n =\n 2\n }';
  const text = `job "docs" {\n${values}\n group "webs" {\n count\n =\n 5\n restart {\n on_success = true\n attempts = 2\n }\n service {\n name = "web"\n }\n task "t" {\n driver = "docker"\n }\n }\n}`;
  const body = { JobHCL: text };
  const job = parseJob(body, true) as Made;
  assert.equal(job['Region'], 'us');
  assert.deepEqual(job['Datacenters'], ['us-west-1', 'us-east-1']);
  assert.equal(job['Update']?.['MaxParallel'], 2);
  assert.equal(job['TaskGroups']?.[0]?.['Count'], 5);
  assert.equal(job['TaskGroups']?.[0]?.['Services']?.[0]?.['Name'], 'web');
  assert.match(
    refusal(() => parseJob(body)),
    /Argument or block definition required/,
  );
});

test('an attribute without braces is read as one with braces where walkthroughs of old are let through, and that is told', () => {
  const text = 'job "a" {\n constraint {\n attribute = "$node.datacenter"\n value = "$5"\n }\n}\n';
  const read = parseJobFile('a.nomad', text, {}, true);
  assert.ok('job' in read);
  const [constraint] = (read.job as unknown as Made)['Constraints'] as unknown as readonly Made[];
  assert.deepEqual([constraint?.['LTarget'], constraint?.['RTarget']], [['$', '{node.datacenter}'].join(''), '$5']);
  assert.equal(read.warnings.length, 1);
  const strict = parseJobFile('a.nomad', text);
  assert.ok('job' in strict);
  assert.deepEqual(strict.warnings, []);
});

test('jobspec #33: a network of a task, with a static port that is a text', () => {
  const task = inTask(
    'config {\n command = "x"\n args = ["a", "b", "c", "d"]\n }\n resources {\n network {\n mbits = 10\n port "http" {\n static = "5678"\n }\n }\n }',
  );
  const network = task?.['Resources']?.['Networks']?.[0];
  assert.equal(network?.['MBits'], 10);
  assert.equal(network?.['ReservedPorts']?.[0]?.['Value'], 5678);
  assert.equal(task?.['Driver'], 'exec');
  assert.deepEqual(task?.['Config']?.['args'], ['a', 'b', 'c', 'd']);
});

test('jobspec #50: a periodic block with several schedules', () => {
  const job = parsed('job "a" {\n periodic {\n crons = ["@daily", "0 1 * * *"]\n }\n}');
  const { Specs, SpecType } = job['Periodic'] as unknown as { Specs: unknown; SpecType: unknown };
  assert.deepEqual([Specs, SpecType], [['@daily', '0 1 * * *'], 'cron']);
  const filled = parseJob({ JobHCL: 'job "a" {\n periodic {\n crons = ["@daily"]\n }\n}', Canonicalize: true }) as Made;
  assert.equal(filled['Periodic']?.['TimeZone'], 'UTC');
});

test('jobspec #55: vault and secrets of the job are those of every task that has none of its own', () => {
  const above = 'vault {\n role = "r"\n }\n secret "s" {\n provider = "nomad"\n path = "a/b"\n }';
  const own = 'task "u" {\n driver = "exec"\n vault {\n role = "own"\n }\n }';
  const job = parsed(`job "a" {\n ${above}\n group "g" {\n task "t" {\n driver = "exec"\n }\n ${own}\n }\n}`);
  const tasks = job['TaskGroups']?.[0]?.['Tasks'];
  assert.equal(tasks?.[0]?.['Vault']?.['Role'], 'r');
  assert.equal(tasks?.[0]?.['Secrets']?.[0]?.['Path'], 'a/b');
  assert.equal(tasks?.[1]?.['Vault']?.['Role'], 'own');
  assert.equal('vault' in job, false);
});
