/** W0: a pool of OpenStack servers in the region "stage" that an autoscaler lets grow and shrink. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAgent } from '../../openstack/agent.ts';
import { CloudUser } from '../../openstack/cloud.ts';
import { startFakeCloud } from '../../openstack/fake-cloud.ts';
import { clientsOverHttp, followServers } from '../../openstack/guests.ts';
import { startTap } from '../../openstack/tap.ts';
import { beginTutorial } from '../../support/tutorial.ts';

const begin = `
$ nomad agent -dev -nodes=0 -region=stage -dc=stage1 -heartbeat=1s -healthy-after=200ms &
==> Nomad agent configuration:

 Advertise Addrs: HTTP: 127.0.0.1:4646; RPC: 127.0.0.1:4647; Serf: 127.0.0.1:4648
 Bind Addrs: HTTP: [127.0.0.1:4646]
 Client: false
 Log Level: INFO
 Region: stage (DC: stage1)
 Server: true
 Version: 2.0.6

==> The embedded Nomad serves http://127.0.0.1:4646 with 0 simulated clients
==> Nomad agent started! Log data will stream in below:
...
$ nomad server members
Name Address Port Status Leader Raft Version Build Datacenter Region
embedded.stage 127.0.0.1 4648 alive true 3 2.0.6 stage1 stage
$ nomad node status
`;

const oneNode = `
$ watch nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default stage1 nom-<word> nom-pool false eligible ready
`;

const nodeDown = `
$ nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default stage1 nom-<word> nom-pool false eligible down
`;

const work = `
$ nomad job run -detach worker.nomad
Job registration successful
Evaluation ID: <uuid>
$ watch nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default stage1 nom-<word> nom-pool false eligible ready
<id> default stage1 nom-<word> nom-pool false eligible ready
`;

// What an installer of packs shows before it runs one.
const pack = `
$ nomad job plan worker.nomad
+ Job: "worker"
+ Task Group: "big" (1 create)
 + Task: "work" (forces create)

+ Task Group: "small" (1 create)
 + Task: "work" (forces create)

Scheduler dry-run:
- WARNING: Failed to place all allocations.
...
[exit 1]
`;

test('a pool grows from nothing and shrinks again, its nodes drained and forgotten', async (t) => {
  const tutorial = await beginTutorial(t, ['worker.nomad']);
  await tutorial.play(begin);
  const nomad = tutorial.agent();
  await nomad.line(/ \[INFO\] {2}nomad: cluster leadership acquired$/);
  await tutorial.play(pack);

  const cloud = await startFakeCloud();
  const tap = await startTap({ authUrl: cloud.facts.authUrl, nomad: tutorial.address });
  t.after(async () => {
    await tap.close();
    await cloud.close();
  });
  const autoscaler = await startAgent(t, { cloud, tap }, { region: 'stage' });
  await autoscaler.line(/ calculating scaling target: .* from=0 to=1 reason="current count \(0\) below limit \(1\)"/);
  await autoscaler.line(/no nodes identified within pool/);

  const user = await CloudUser.logIn(cloud.facts);
  const guests = followServers(clientsOverHttp(tutorial.address), user, cloud.beatMs);
  t.after(() => guests.close());
  await tutorial.play(oneNode);
  await tutorial.play(work);

  const before = tap.seen.length;
  await tutorial.play('$ nomad job scale worker big 0\n...');
  await autoscaler.line(/ calculating scaling target: .* from=2 to=1 reason="scaling down because factor is /, 60_000);
  await tutorial.play(oneNode);
  assert.deepEqual(tap.writes(before), [
    'PUT /node/*/drain',
    'POST /servers/*/metadata',
    'POST /servers/*/action os-stop',
    'DELETE /servers/*',
    'PUT /node/*/purge',
  ]);
  const asked = tap.seen.filter(({ service }) => service === 'nomad').map(({ path }) => new URL(path, tap.nomad));
  assert.deepEqual([...new Set(asked.map((url) => url.searchParams.get('region')))], ['stage']);

  await autoscaler.stop();
  for (const { id } of await user.servers()) await user.deleteServer(id);
  await nomad.line(/ \[WARN\] {2}nomad\.heartbeat: node TTL expired: node_id=[0-9a-f-]{36}$/);
  await tutorial.play(nodeDown);
});
