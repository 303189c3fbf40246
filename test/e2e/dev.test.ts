/** `npm start`, as its user sees it: the story of a job and of a pool of servers, from nothing and back. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { childrenOf, isAlive } from '../support/proc.ts';
import { freePort, runProgram, startProgram } from '../support/program.ts';

const dev = async (nomadPort: number) => [
  ...['agent', '-dev', `-nomad-address=http://127.0.0.1:${nomadPort}`],
  `-http-bind-port=${await freePort()}`,
];

/** In this order, with others between them. */
const story: readonly RegExp[] = [
  /^ {2}http:\/\/127\.0\.0\.1:\d+ +an OpenStack\. /,
  /"web" must wait: no node has room$/,
  /nom-pool {4}this policy wants 1 to 2 servers; check cpu_allocated_percentage: target 70$/,
  /server (nom-\S+) is created in OpenStack and boots$/,
  /server nom-\S+ is ACTIVE: it has booted$/,
  /nom-pool {2}▲ 0 -> 1 server, done in \d s: current count \(0\) below limit \(1\)$/,
  /node nom-\S+ joins Nomad with class "nom-pool"$/,
  /the load of the job "web" rises from 275 to 1650 MHz$/,
  /web {7}▲ 1 -> 3 instances \(cpu 330, target 70\): scaling up because factor is 4\.71/,
  /server nom-\S+ is created in OpenStack and boots$/,
  /nom-pool {2}▲ 1 -> 2 servers, done in \d s \(cpu_allocated_percentage (?:75|100), target 70\): scaling up/,
  /the load of the job "web" falls from 1650 to 275 MHz$/,
  /web {7}▼ 3 -> 2 instances .*: scaling down/,
  /node nom-\S+ is drained: it takes no new work/,
  /server nom-\S+ is SHUTOFF: it was stopped$/,
  /server nom-\S+ is deleted from OpenStack$/,
  /node nom-\S+ is purged: Nomad has forgotten it$/,
  /nom-pool {2}▼ 2 -> 1 server, done in \d s \(cpu_allocated_percentage (?:25|12\.5), target 70\): scaling down/,
  /^Instances and servers came and went\. /,
];

test('-dev tells how a pool of servers grows with its job and shrinks again, without a warning', async (t) => {
  const nomadPort = await freePort();
  const program = startProgram(await dev(nomadPort));
  t.after(() => program.stop());
  await program.line(/^ {2}curl .*\/compute\/v2\.1\/servers$/, 90_000);

  const lines = program.output().split('\n');
  let at = 0;
  for (const wanted of story) {
    const found = lines.findIndex((line, index) => index >= at && wanted.test(line));
    assert.ok(found >= 0, `no ${wanted} below: ${lines[at - 1]}\n${program.output()}`);
    // The client of a server joins while the agent still finds out that the server is there, and a policy is told when it is read.
    if (!/▲ \d -> \d server|joins Nomad|this policy wants/.test(lines[found] ?? '')) at = found + 1;
  }
  await everyCurlAnswers(lines);

  const plugins = childrenOf(program.process.pid ?? 0);
  assert.ok(plugins.length >= 2, 'the targets run as processes');
  program.process.kill('SIGINT');
  assert.equal(await program.ended(6_000), 0);
  assert.deepEqual(plugins.filter(isAlive), []);
  assert.doesNotMatch(program.output(), /\[(?:WARN|ERROR)\]/);
});

/** What the story tells to try next can be tried. */
async function everyCurlAnswers(lines: readonly string[]): Promise<void> {
  const curls = lines.filter((line) => line.startsWith('  curl '));
  assert.equal(curls.length, 8);
  for (const line of curls) {
    const [, header, url = ''] = /curl (?:-H (\S+) )?(\S+)/.exec(line) ?? [];
    const [name = '', value = ''] = (header ?? '').split(':');
    if (url.endsWith('/<id>')) continue;
    const answer = await fetch(url, header === undefined ? {} : { headers: { [name]: value } });
    assert.equal(answer.status, 200, line);
  }
}

test('-dev says in one line that the port of its Nomad is taken, and ends', async (t) => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  t.after(() => other.close());
  const { code, output } = await runProgram(await dev(port));
  const taken = `127.0.0.1:${port}, where the embedded Nomad is to listen, is taken`;
  assert.deepEqual(
    [code, output.split('\n')[0]],
    [1, `${taken}; choose another port with -nomad-address=http://127.0.0.1:<port>`],
  );
});
