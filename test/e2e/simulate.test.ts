/** What-if from the command line, against an embedded Nomad in another process: what it foretells comes true. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, freePort, runProgram, startProgram } from '../support/program.ts';

const job = `job "web" {
  group "app" {
    count = 30
    task "server" {
      driver = "docker"
      config {
        image = "web"
      }
      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
`;

test('a job that does not fit wants so many more nodes, and with these it runs', async (t) => {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const agent = startProgram(['nomad', 'agent', '-dev', `-port=${port}`, '-nodes=2']);
  const cwd = await mkdtemp(join(tmpdir(), 'simulate-'));
  t.after(async () => {
    await agent.stop();
    await rm(cwd, { recursive: true });
  });
  await agent.line(/serves http/);
  await writeFile(join(cwd, 'web.nomad'), job);
  const run = async (line: string, status: number) => {
    const { code, output } = await runProgram(line.split(' '), { env: { NOMAD_ADDR: address }, cwd });
    assert.equal(code, status, `${line}: ${output}`);
    return output;
  };
  const get = async (path: string) => (await (await fetch(`${address}${path}`)).json()) as unknown;

  // Before it is run, and once it waits: 30 instances of 500 MHz, 8 to a node.
  const wanted = /\n2 more nodes of 4000 MHz, 8192 MB and 20000 MB of disk would take all the rest\./;
  assert.match(await run('simulate web.nomad', 2), wanted);
  await run('nomad job run -detach web.nomad', 0);
  const queued = async () => {
    const { Summary } = (await get('/v1/job/web/summary')) as {
      readonly Summary: { readonly app: { readonly Queued: number; readonly Running: number } };
    };
    return Summary.app;
  };
  await eventually('14 instances wait', async () => ((await queued()).Queued === 14 ? true : undefined));
  assert.match(await run(`simulate -pending -address=${address}`, 2), wanted);
  assert.match(await run('simulate -pending -add=2', 0), /Everything fits\./);

  const joins = async (name: string) => {
    const answer = await fetch(`${address}/v1/_sim/nodes`, { method: 'PUT', body: JSON.stringify({ name }) });
    assert.equal(answer.status, 200, await answer.text());
  };
  await joins('extra-1');
  await eventually('6 instances wait', async () => ((await queued()).Queued === 6 ? true : undefined));
  await joins('extra-2');
  await eventually('all run', async () => ((await queued()).Running === 30 ? true : undefined));
  assert.match(await run('simulate -pending', 0), /Nothing waits for room\./);
});

test('a cluster that is made up needs no Nomad', async () => {
  const args = ['simulate', '-nodes=6000', '-node-cpu=3280', '-node-memory=6560', '-node-disk=32800'];
  const { code, output } = await runProgram([...args, '-ask=2000000x10/20/100', '-mode=count'], {});
  assert.equal(code, 2);
  assert.match(output, /\nask-1 {2}group {2}service {2}2000000 {2}1968000 {2}32000\n/);
  assert.match(output, /\n98 more nodes of 3280 MHz, 6560 MB and 32800 MB of disk would take all the rest\./);
});
