/** The embedded Nomad with ACLs: without a token nothing, with one everything that it allows, for people and for the autoscaler. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, freePort, type Program, runProgram, startProgram, temporaryFolder } from '../support/program.ts';

const job = `job "web" {
  group "app" {
    count = 1
    update {
      max_parallel = 0
    }
    scaling {
      min = 1
      max = 4
      policy {
        cooldown            = "1s"
        evaluation_interval = "500ms"
        check "cpu" {
          source = "nomad-apm"
          query  = "avg_cpu"
          strategy "target-value" {
            target = 50
          }
        }
      }
    }
    task "server" {
      driver = "docker"
      config {
        image = "hello"
      }
      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
`;

const autoscalerPolicy = `namespace "default" {
  policy       = "scale"
  capabilities = ["list-jobs", "read-job"]
}
`;

async function openNomad(t: TestContext) {
  const folder = temporaryFolder(t);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const nomad = startProgram(['nomad', 'agent', '-dev', '-acl', `-port=${port}`]);
  t.after(() => nomad.stop());
  await nomad.line(/agent started/);
  for (const [name, text] of [
    ['web.nomad', job],
    ['autoscaler.hcl', autoscalerPolicy],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  const run = (line: string, token = '') =>
    runProgram(['nomad', ...line.split(' ')], {
      ...{ cwd: folder, env: { NOMAD_ADDR: address, ...(token !== '' && { NOMAD_TOKEN: token }) } },
    });
  const works = async (line: string, token: string) => {
    const { code, output } = await run(line, token);
    assert.equal(code, 0, `nomad ${line}: ${output}`);
    return output;
  };
  return { folder, address, run, works };
}

/** @returns the secret that a command printed. */
function secretIn(output: string): string {
  const [, secret] = /^Secret ID += (\S+)$/m.exec(output) ?? [];
  assert.ok(secret, output);
  return secret;
}

const accessorIn = (output: string) => /^Accessor ID += (\S+)$/m.exec(output)?.[1] ?? '';

const denied = 'Unexpected response code: 403 (Permission denied)\n';

test('without a token commands are refused in Nomad’s words, with the first token they work, and a second first one there is not', async (t) => {
  const { run, works } = await openNomad(t);
  assert.deepEqual(await run('job status'), { code: 1, output: `Error querying jobs: ${denied}` });
  assert.deepEqual(await run('node status'), { code: 1, output: `Error querying node status: ${denied}` });
  const wrong = '00000000-0000-4000-8000-000000000001';
  assert.deepEqual(await run('job status', wrong), { code: 1, output: `Error querying jobs: ${denied}` });

  const first = await works('acl bootstrap', '');
  const secret = secretIn(first);
  assert.match(first, /^Type +=? ?management$/m);
  assert.match(await works('job status', secret), /^No running jobs$/m);
  assert.match(await works('job run -detach web.nomad', secret), /^Job registration successful$/m);
  assert.match(await works(`job status -token=${secret}`, wrong), /^web +service /m);
  for (const line of [
    'node status',
    'server members',
    'agent-info',
    'eval list',
    'deployment list',
    'var list -out=json',
    'operator metrics',
  ]) {
    await works(line, secret);
  }
  assert.equal(secretIn(await works('acl token self', secret)), secret);
  const again = await run('acl bootstrap');
  assert.equal(again.code, 1);
  assert.match(
    again.output,
    /^Error bootstrapping: Unexpected response code: 400 \(ACL bootstrap already done \(reset index: \d+\)\)$/m,
  );
});

/** @param token  of the `nomad` block; without it there is none. */
async function startAutoscaler(t: TestContext, folder: string, address: string, token?: string): Promise<Program> {
  mkdirSync(join(folder, 'policies'), { recursive: true });
  const file = join(folder, 'agent.hcl');
  writeFileSync(file, agentConfig(address, await freePort(), token));
  const agent = startProgram(['agent', `-config=${file}`]);
  t.after(() => agent.stop());
  return agent;
}

const agentConfig = (address: string, port: number, token?: string) => `nomad {
  address = "${address}"
${token === undefined ? '' : `  token   = "${token}"\n`}}
http {
  bind_port = ${port}
}
apm "nomad-apm" {
  driver = "nomad-apm"
}
strategy "target-value" {
  driver = "target-value"
}
`;

test('an autoscaler scales with a token that is made for it, and without one says what it lacks', async (t) => {
  const { folder, address, works } = await openNomad(t);
  const management = secretIn(await works('acl bootstrap', ''));
  assert.match(
    await works('acl policy apply autoscaler autoscaler.hcl', management),
    /^Successfully wrote "autoscaler" ACL policy!$/m,
  );
  assert.match(await works('acl policy list', management), /^autoscaler/m);
  const token = secretIn(await works('acl token create -name=autoscaler -policy=autoscaler', management));
  await works('job run -detach web.nomad', management);
  const load = { job: 'web', group: 'app', cpuMhz: 1500, memoryMb: 10 };
  const sent = await fetch(`${address}/v1/_sim/load`, {
    ...{ method: 'PUT', body: JSON.stringify(load), headers: { 'X-Nomad-Token': management } },
  });
  assert.equal(sent.status, 200);

  const without = await startAutoscaler(t, folder, address);
  await without.line(/\[ERROR\].*Permission denied/);
  await without.stop();

  const agent = await startAutoscaler(t, folder, address, token);
  const count = async () => {
    const answer = await fetch(`${address}/v1/job/web/scale`, { headers: { 'X-Nomad-Token': management } });
    return JSON.parse(await answer.text()).TaskGroups.app.Desired;
  };
  await eventually('the job has grown', async () => ((await count()) > 1 ? true : undefined));
  assert.doesNotMatch(agent.output(), /Permission denied/);
  assert.ok(!agent.output().includes(token));
});

test('after a reload with another token the autoscaler goes on when the first one is gone', async (t) => {
  const { folder, address, works } = await openNomad(t);
  const management = secretIn(await works('acl bootstrap', ''));
  const made = await works('acl token create -type=management', management);
  const first = secretIn(made);
  const second = secretIn(await works('acl token create -type=management', management));
  await works('job run -detach web.nomad', management);
  const agent = await startAutoscaler(t, folder, address, first);
  await agent.line(/calculating scaling target/);

  const file = join(folder, 'agent.hcl');
  const port = await freePort();
  writeFileSync(file, agentConfig(address, port, second));
  const reloaded = agent.mark();
  agent.process.kill('SIGHUP');
  await agent.line(/reload/, 20_000, reloaded);
  assert.match(await works(`acl token delete ${accessorIn(made)}`, management), /successfully deleted/);
  assert.doesNotMatch(await works('acl token list', management), new RegExp(accessorIn(made)));
  const revoked = agent.mark();
  for (let count = 0, from = revoked; count < 3; count++, from = agent.mark()) {
    await agent.line(/calculating scaling target/, 20_000, from);
  }
  await works('job scale -detach web app 3', management);
  await agent.line(/calculating scaling target: .*from=3/, 20_000, revoked);
  const since = agent.output();
  assert.doesNotMatch(since, /Permission denied|403/);
  for (const secret of [first, second]) assert.ok(!since.includes(secret));
});
