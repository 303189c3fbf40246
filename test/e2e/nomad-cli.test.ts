/** The `nomad` command line as a newcomer uses it: the embedded Nomad in one terminal, commands in another. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, runProgram, startProgram } from '../support/program.ts';

const job = `job "hello" {
  group "example" {
    update {
      min_healthy_time = "1s"
      health_check     = "task_states"
    }
    task "server" {
      driver = "docker"
      config {
        image = "hello"
      }
    }
  }
}
`;

test('a job is run, looked at, scaled and stopped from the command line', async (t) => {
  const port = await freePort();
  const agent = startProgram(['nomad', 'agent', '-dev', `-port=${port}`]);
  const cwd = await mkdtemp(join(tmpdir(), 'nomad-cli-'));
  t.after(async () => {
    await agent.stop();
    await rm(cwd, { recursive: true });
  });
  await agent.line(/serves http/);
  await writeFile(join(cwd, 'hello.nomad'), job);
  const nomad = async (line: string, status = 0) => {
    const env = { NOMAD_ADDR: `http://127.0.0.1:${port}` };
    const { code, output } = await runProgram(['nomad', ...line.split(' ')], { env, cwd });
    assert.equal(code, status, `nomad ${line}: ${output}`);
    return output;
  };

  assert.equal(await nomad('job init -short'), 'Example job file written to example.nomad.hcl\n');
  assert.match(await nomad('job validate example.nomad.hcl'), /^Job validation successful$/m);
  assert.match(await nomad('job plan hello.nomad', 1), /^\+ Task Group: "example" \(1 create\)$/m);
  assert.match(await nomad('job run hello.nomad'), /^Description = Deployment completed successfully$/m);
  assert.match(await nomad('job status hello'), /^[0-9a-f]{8} .* run +running +\d+s ago +\d+s ago$/m);
  assert.match(await nomad('node status'), /^[0-9a-f]{8} +default +dc1 +client-1 +<none> +false +eligible +ready$/m);
  assert.match(await nomad('job scale hello 2'), /^example +2 +2 +2 +0 /m);
  assert.match(await nomad('job stop hello'), /finished with status "complete"$/m);
  assert.match(await nomad('job status'), /^hello +service +50 +dead \(stopped\) /m);
  await nomad('system gc');
  assert.match(await nomad('job status nosuch', 1), /^No job\(s\) with prefix or ID "nosuch" found$/m);
  assert.match(await nomad('nosuch', 127), /^Usage: nomad-autoscaler nomad <command>/);
});

test('a Nomad that is not there is told with what was asked of it', async () => {
  const port = await freePort();
  const env = { NOMAD_ADDR: `http://127.0.0.1:${port}` };
  const { code, output } = await runProgram(['nomad', 'node', 'status'], { env });
  assert.equal(code, 1);
  const refused = `dial tcp 127.0.0.1:${port}: connect: connection refused`;
  assert.equal(output, `Error querying node status: Get "http://127.0.0.1:${port}/v1/nodes": ${refused}\n`);
});
