/** The walkthroughs that newcomers follow, command by command; what is printed is compared by its shape. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CliTools, nomadCli } from '../../../support/nomad-cli.ts';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const game = `job "2048-game" {
  datacenters = ["dc1"]
  type        = "service"
  group "game" {
    count = 1
    network {
      port "http" {
        static = 80
      }
    }
    update {
      min_healthy_time = "1s"
      health_check     = "task_states"
    }
    task "2048" {
      driver = "docker"
      config {
        image = "alexwhen/docker-2048"
        ports = ["http"]
      }
      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
`;

const helloworld = (version: number, count: number) => `job "helloworld" {
  datacenters = ["dc1"]
  update {
    stagger          = "30s"
    max_parallel     = 1
    min_healthy_time = "1s"
    health_check     = "task_states"
  }
  group "hello-group" {
    count = ${count}
    task "hello-task" {
      driver = "docker"
      config {
        image = "eveld/helloworld:${version}.0.0"
        port_map {
          http = 8080
        }
      }
      resources {
        cpu    = 100
        memory = 200
        network {
          mbits = 1
          port "http" {}
        }
      }
    }
  }
}
`;

/** Runs commands that all have to succeed. */
function shell(nomad: TestNomad, tools: CliTools) {
  return async (line: string, status = 0): Promise<string> => {
    const { exit, stdout, stderr } = await nomadCli(nomad, line.split(' '), tools);
    assert.equal(exit, status, `${line}: ${stderr}`);
    return stdout;
  };
}

/** The titles of a table's columns. */
const columnsOf = (text: string): readonly string[] => (text.split('\n')[0] ?? '').split(/ {2,}/);

test('nomad-api #95, #97: an introduction: look around, run a game, stop it, clear up', async () => {
  const nomad = testNomad();
  const run = shell(nomad, { files: new Map([['2048.nomad', game]]) });

  assert.match(await run('agent-info'), /^nomad\n|\nnomad\n {2}bootstrap = true\n/);
  const members = await run('server members');
  assert.deepEqual(columnsOf(members).slice(0, 5), ['Name', 'Address', 'Port', 'Status', 'Leader']);
  assert.match(members, /alive +true/);
  assert.match(await run('operator raft list-peers'), / leader +true +3$/m);

  const submitted = await run('job run 2048.nomad');
  for (const line of [
    /^==> \S+Z: Monitoring evaluation "[0-9a-f]{8}"$/m,
    /^ {4}\S+Z: Evaluation triggered by job "2048-game"$/m,
    /^ {4}\S+Z: Evaluation within deployment: "[0-9a-f]{8}"$/m,
    /^ {4}\S+Z: Allocation "[0-9a-f]{8}" created: node "[0-9a-f]{8}", group "game"$/m,
    /^ {4}\S+Z: Evaluation status changed: "pending" -> "complete"$/m,
    /^==> \S+Z: Evaluation "[0-9a-f]{8}" finished with status "complete"$/m,
    /^==> \S+Z: Monitoring deployment "[0-9a-f]{8}"$/m,
    /^Description = Deployment completed successfully$/m,
    /^Task Group +Desired +Placed +Healthy +Unhealthy +Progress Deadline$/m,
  ]) {
    assert.match(submitted, line);
  }

  assert.match(await run('job status'), /^2048-game +service +50 +running +\S+Z$/m);
  await run('job stop 2048-game');
  assert.match(await run('job status 2048-game'), /^Status +=? ?= dead \(stopped\)$|^Status +.* dead \(stopped\)$/m);
  assert.equal(await run('system gc'), '');
  await nomad.clock.advance(1000);
  assert.equal(await run('job status'), 'No running jobs\n');
});

test('slides: a job and its next version with more instances', async () => {
  const nomad = testNomad();
  const files = new Map([
    ['helloworld-v1.nomad', helloworld(1, 1)],
    ['helloworld-v2.nomad', helloworld(2, 3)],
  ]);
  const run = shell(nomad, { files });
  assert.match(await run('run helloworld-v1.nomad'), /task network resources have been deprecated/);
  const plan = await run('plan helloworld-v2.nomad', 1);
  assert.match(plan, /^\+\/- Job: "helloworld"$/m);
  assert.match(plan, /^ {2}\+\/- Count: "1" => "3" \(forces create\)$/m);
  assert.match(plan, /^nomad job run -check-index \d+ helloworld-v2\.nomad$/m);
  await run('run helloworld-v2.nomad');
  const status = await run('status helloworld');
  assert.equal(status.match(/ run +running /g)?.length, 3);
  assert.match(status, /^hello-group +0 +0 +3 +0 +1 +0 +0$/m);
  assert.match(await run('job history -p helloworld'), /^ {2}\+\/- Count: "1" => "3"$/m);
});

test('nomad-api #96: what one node has, and how it is drained', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const run = shell(nomad, {});
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(5000);
  const nodes = await run('node status');
  assert.deepEqual(columnsOf(nodes), ['ID', 'Node Pool', 'DC', 'Name', 'Class', 'Drain', 'Eligibility', 'Status']);
  const [, id = ''] = /^(\w{8}) .* n1 /m.exec(nodes) ?? [];
  const whole = await run(`node status -verbose ${id}`);
  assert.match(whole, /^Attributes\ncpu\.arch +=? ?= amd64$|^Attributes\ncpu\.arch +.*amd64$/m);
  assert.match(whole, /^Allocated Resources\nCPU +Memory +Disk +Alloc Count$/m);

  const drained = await run(`node drain -enable -yes ${id}`);
  assert.match(drained, /^\S+Z: Node "[0-9a-f-]{36}" drain strategy set$/m);
  assert.match(drained, /^\S+Z: Alloc "[0-9a-f-]{36}" marked for migration$/m);
  assert.match(drained, /^\S+Z: Drain complete for node [0-9a-f-]{36}$/m);
  assert.match(drained, /All allocations on node "[0-9a-f-]{36}" have stopped\n$/);
  assert.match(await run('node status'), new RegExp(`^${id} .* n1 +<none> +false +ineligible +ready$`, 'm'));
  assert.match(await run(`node eligibility -enable ${id}`), /scheduling eligibility set: eligible for scheduling\n$/);
});

test('a first job: init, run, look into its allocation, scale it', async () => {
  const nomad = testNomad();
  const files = new Map<string, string>();
  const run = shell(nomad, { files });
  assert.equal(await run('job init -short'), 'Example job file written to example.nomad.hcl\n');
  assert.equal(await run('job validate example.nomad.hcl'), 'Job validation successful\n');
  await run('job init long.nomad.hcl');
  assert.equal(await run('job validate long.nomad.hcl'), 'Job validation successful\n');
  assert.match(await run('job plan example.nomad.hcl', 1), /^\+ Task Group: "cache" \(1 create\)$/m);
  await run('job run example.nomad.hcl');
  const [, allocation = ''] = /^(\w{8}) .* running /m.exec(await run('job status example')) ?? [];
  const shown = await run(`alloc status ${allocation}`);
  assert.match(shown, /^Label +Dynamic +Address\n\*db +yes +127\.0\.0\.1:\d+ -> 6379$/m);
  assert.match(shown, /^Task "redis" is "running"$/m);
  assert.match(shown, /^Recent Events:\nTime +Type +Description\n\S+Z +Started +Task started by client$/m);
  await run('job scale example 2');
  assert.match(await run('job scaling-events example'), /^cache +2 +1 +\S+Z$/m);
  assert.match(await run('job revert example 0'), /Job Version = 2\n/);
  const [, deployment = ''] = /^(\w{8}) /m.exec((await run('deployment list')).split('\n')[1] ?? '') ?? [];
  assert.match(await run(`deployment status ${deployment}`), /^Status +=? ?= successful$|^Status +.*successful$/m);
});

test('a plan that fails exits 255, and what cannot be placed says why', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', memoryMb: 512 }] });
  const big = game.replace('memory = 256', 'memory = 4096');
  const run = shell(nomad, {
    files: new Map([
      ['big.nomad', big],
      ['bad.nomad', 'job "x" {\n  foo = 1\n}\n'],
    ]),
  });
  const plan = await run('job plan big.nomad', 1);
  assert.match(plan, /^- WARNING: Failed to place all allocations\.$/m);
  assert.match(plan, /^ {4}\* Dimension "memory" exhausted on 1 nodes$/m);
  await run('job run -detach big.nomad');
  await nomad.clock.advance(500);
  assert.match(
    await run('job status 2048-game'),
    /^Placement Failure\nTask Group "game":\n {2}\* Resources exhausted on 1 nodes$/m,
  );
  const bad = await nomadCli(nomad, ['job', 'plan', 'bad.nomad'], {
    files: new Map([['bad.nomad', 'job "x" {\n  foo = 1\n}\n']]),
  });
  assert.equal(bad.exit, 255);
  assert.match(
    bad.stderr,
    /^Error getting job struct: Error parsing job file from bad\.nomad:\nbad\.nomad:2,3-6: Unsupported argument/m,
  );
});
