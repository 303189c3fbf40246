/** The embedded Nomad keeps its state in a file: what one process left, the next one goes on with. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { eventually, freePort, type Program, runProgram, startProgram, temporaryFolder } from '../support/program.ts';

const job = `job "hello" {
  group "example" {
    count = 2
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

async function openState(t: TestContext) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'nomad.state');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  let agent: Program | undefined;
  t.after(() => agent?.stop());
  return {
    ...{ folder, file },
    async start(): Promise<Program> {
      agent = startProgram(['nomad', 'agent', '-dev', `-port=${port}`, '-nodes=2', `-state=${file}`]);
      await agent.line(/agent started/);
      return agent;
    },
    async nomad(line: string): Promise<string> {
      const { code, output } = await runProgram(['nomad', ...line.split(' ')], { env: { NOMAD_ADDR: address } });
      assert.equal(code, 0, `nomad ${line}: ${output}`);
      return output;
    },
    async get(path: string) {
      const answer = await fetch(`${address}${path}`);
      return { index: Number(answer.headers.get('x-nomad-index')), value: await answer.json() };
    },
  };
}

// Most of their time is waiting: they wait together.
describe('a state that is kept', { concurrency: true }, () => {
  test('a job runs on in the next process, a variable is there, and indexes go on', async (t) => {
    const { file, folder, start, nomad, get } = await openState(t);
    const first = await start();
    writeFileSync(join(folder, 'hello.nomad'), job);
    await nomad(`job run ${join(folder, 'hello.nomad')}`);
    await nomad('var put -out=none app/config key=value');
    const before = await get('/v1/allocations');
    const variables = await get('/v1/vars');
    first.process.kill('SIGTERM');
    assert.equal(await first.ended(), 0);
    assert.equal(statSync(file).mode & 0o777, 0o600);

    const second = await start();
    await second.line(/The state is kept in .* and goes on at index \d+ \(jobs: 1, allocations: 2\)/);
    const after = await get('/v1/allocations');
    assert.deepEqual(after.value, before.value);
    assert.ok(after.index >= before.index && variables.index > 0);
    assert.equal((await get('/v1/vars')).index, variables.index);
    assert.match(await nomad('var get app/config'), /key += value|"key": "value"/);
    assert.equal((await get('/v1/nodes')).value.length, 2);
    await nomad('job scale -detach hello 3');
    const grown = async () => ((await get('/v1/job/hello/allocations')).value.length === 3 ? true : undefined);
    await eventually('a third allocation', grown);
  });

  test('a process that is killed leaves what it kept some seconds before', async (t) => {
    const { file, folder, start, nomad, get } = await openState(t);
    const first = await start();
    writeFileSync(join(folder, 'hello.nomad'), job);
    const empty = readFileSync(file);
    await nomad(`job run -detach ${join(folder, 'hello.nomad')}`);
    await eventually('the job is kept', async () => (readFileSync(file).equals(empty) ? undefined : true));
    first.process.kill('SIGKILL');
    await first.ended();
    await start();
    assert.equal((await get('/v1/jobs')).value.length, 1);
  });

  test('a file that is no state ends the start in one line, and is not touched', async (t) => {
    const { file } = await openState(t);
    writeFileSync(file, job);
    const port = await freePort();
    const { code, output } = await runProgram(['nomad', 'agent', '-dev', `-port=${port}`, `-state=${file}`]);
    assert.equal(code, 1);
    const why = 'it holds no state of the embedded Nomad, or is damaged';
    assert.equal(output, `cannot go on with the state in ${file}, which is left as it is: ${why}\n`);
    assert.equal(readFileSync(file, 'utf8'), job);
  });
});
