/** Job files as users write them: what is refused says where and what to write instead; what is allowed arrives as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nomadCli } from '../../../../support/nomad-cli.ts';
import { testNomad } from '../../../../support/nomad-server.ts';

const taskWith = (inner: string) => `job "shop" {
  group "shop" {
    task "shop" {
      driver = "docker"
      config { image = "example/shop:2" }
${inner}
    }
  }
}
`;

function shell(text: string) {
  const nomad = testNomad();
  const files = new Map([['shop.nomad.hcl', text]]);
  const run = (...line: readonly string[]) => nomadCli(nomad, [...line, 'shop.nomad.hcl'], { files });
  const taskOf = async () => JSON.parse((await run('job', 'run', '-output')).stdout).Job.TaskGroups[0].Tasks[0];
  return { nomad, files, run, taskOf };
}

test('a metadata key that starts with a digit is no reference: the error says where, and the way out runs on a node that has it', async () => {
  const text = taskWith('constraint {\n  attribute = "$' + '{meta.2ndrack}"\n  value = "yes"\n}');
  const { nomad, files, run } = shell(text);
  const refused = await run('job', 'validate');
  assert.equal(refused.exit, 1);
  assert.match(refused.stderr, /shop\.nomad\.hcl:7,24-30: .*\n\n.*"\$\$\{"/);

  files.set('shop.nomad.hcl', text.split('$').join('$$'));
  assert.equal((await run('job', 'run', '-detach')).exit, 0);
  assert.deepEqual((await nomad.get('/v1/job/shop/allocations')).json, []);

  nomad.server.simulation.join({ name: 'n2', meta: { '2ndrack': 'yes' } });
  await nomad.clock.advance(1000);
  const [{ NodeName }] = (await nomad.get('/v1/job/shop/allocations')).json;
  assert.equal(NodeName, 'n2');
});

test('metadata that a node gets while it runs lets work in that waited for it', async () => {
  const text = taskWith('constraint {\n  attribute = "$' + '{meta.rack}"\n  value = "r7"\n}');
  const { nomad, run } = shell(text);
  await run('job', 'run', '-detach');
  const [node] = (await nomad.get('/v1/nodes')).json;
  await nomad.put(`/v1/client/metadata?node_id=${node.ID}`, { Meta: { rack: 'r6' } });
  await nomad.clock.advance(1000);
  assert.deepEqual((await nomad.get('/v1/job/shop/allocations')).json, []);
  await nomad.put(`/v1/client/metadata?node_id=${node.ID}`, { Meta: { rack: 'r7' } });
  await nomad.clock.advance(1000);
  assert.equal((await nomad.get('/v1/job/shop/allocations')).json.length, 1);
});

test('labels with dots in a list of one map arrive as they stand', async () => {
  const labels = 'labels = [{ "org.example.probe" = "[\\"live\\"]", "org.example.logs" = "[{}]" }]';
  const text = taskWith('      meta = { "org.example.owner" = "ops" }').replace('image =', `${labels}\nimage =`);
  const { taskOf } = shell(text.replace('{ labels', '{\nlabels').replace(':2" }', ':2"\n}'));
  const task = await taskOf();
  assert.deepEqual(task.Config.labels, [{ 'org.example.probe': '["live"]', 'org.example.logs': '[{}]' }]);
  assert.deepEqual(task.Meta, { 'org.example.owner': 'ops' });
});

test('a shell’s defaults in a template are refused with the place and the doubled sign; repaired they arrive as written', async () => {
  const data = (dollar: string, percent: string) =>
    taskWith(`template {\n  destination = "a"\n  data = <<EOT\nkey: ${dollar}{KEY:''}\nload: 9${percent}{z}\nEOT\n}`);
  const { files, run, taskOf } = shell(data('$', '%'));
  assert.match((await run('job', 'validate')).stderr, /shop\.nomad\.hcl:9,12-13: .*"\$\$\{"/);
  files.set('shop.nomad.hcl', data('$$', '%'));
  assert.match((await run('job', 'validate')).stderr, /shop\.nomad\.hcl:10,\d+-\d+: .*"%%\{"/);
  files.set('shop.nomad.hcl', data('$$', '%%'));
  assert.equal((await taskOf()).Templates[0].EmbeddedTmpl, `key: $${''}{KEY:''}\nload: 9%{z}\n`);
});

test('a text that swallows the next block is warned of by every command that reads the file', async () => {
  const block = (end: string, name: string) => `template {\ndata = <<EOT\nwords${end}EOT\ndestination = "${name}"\n}\n`;
  const { run, taskOf } = shell(taskWith(block('', 'first') + block('\n', 'second')));
  assert.deepEqual(
    (await taskOf()).Templates.map(({ DestPath }: { DestPath: string }) => DestPath),
    ['second'],
  );
  for (const line of [
    ['job', 'validate'],
    ['job', 'plan'],
    ['job', 'run', '-detach'],
  ]) {
    const { stdout } = await run(...line);
    assert.match(
      stdout,
      /^Job Warnings:\n2 warnings:\n\n\* shop\.nomad\.hcl:8,6-9: End marker inside of a line; /m,
      line[1],
    );
  }
});

test('a file with more than one job in it is refused with every place, and nothing is registered', async () => {
  const one = taskWith('');
  const { nomad, run } = shell(`quota "team" {\n}\n${one}${one.replace('job "shop"', 'job "till"')}`);
  const { exit, stderr } = await run('job', 'run');
  assert.equal(exit, 1);
  assert.match(stderr, /shop\.nomad\.hcl:1,1-\d+: Unsupported block type/);
  assert.match(stderr, /shop\.nomad\.hcl:12,1-11: Duplicate job block; Only one .* at shop\.nomad\.hcl:3,1-11/);
  assert.deepEqual((await nomad.get('/v1/jobs')).json, []);
});
