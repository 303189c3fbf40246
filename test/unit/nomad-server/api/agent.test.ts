import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLog } from '../../../../src/lib/log.ts';
import { LogTap } from '../../../../src/nomad-server/log-tap.ts';
import { testNomad } from '../../../support/nomad-server.ts';

test('who monitors gets lines from the asked level on, and empty frames while nothing is said', async () => {
  const nomad = testNomad();
  const stop = new AbortController();
  const pieces: string[] = [];
  const url = '/v1/agent/monitor?log_level=warn';
  const answered = nomad.read({ url, signal: stop.signal, onPiece: (piece) => pieces.push(piece) });
  await nomad.clock.advance(1010);
  assert.deepEqual(pieces, ['{}']);
  await nomad.get('/v1/job/%zz');
  await nomad.clock.advance(0);
  stop.abort();
  await answered;
  const frame = JSON.parse(pieces[1] ?? '');
  assert.equal(frame.FileEvent, 'log');
  assert.match(
    Buffer.from(frame.Data, 'base64').toString(),
    / \[ERROR\] nomad_server: request failed: method=GET url="\/v1\/job\/%zz" error="URI malformed"\n$/,
  );
  assert.equal(pieces.length, 2);
});

test('a log that is followed still goes where it went', () => {
  const said: string[] = [];
  const tap = new LogTap();
  const log = tap.on({ ...noLog, named: () => ({ ...noLog, info: (message) => said.push(message) }) });
  const unfollow = tap.follow((line) => said.push(`${line.name}: ${line.message}`));
  log.named('a').info('x');
  unfollow();
  log.named('a').info('y');
  assert.deepEqual(said, ['x', 'a: x', 'y']);
});

test('the agent tells its version, its node and its one server', async () => {
  const nomad = testNomad({ version: '2.0.6-dev' });
  const { config, stats, member } = (await nomad.get('/v1/agent/self')).json;
  assert.deepEqual([config.Version.Version, config.Version.VersionPrerelease], ['2.0.6', 'dev']);
  assert.equal(stats.client.node_id, (await nomad.get('/v1/nodes')).json[0].ID);
  assert.equal(stats.raft.state, 'Leader');
  const leader = (await nomad.get('/v1/status/leader')).json;
  assert.equal(`${member.Addr}:${member.Tags.port}`, leader);
  const { Servers } = (await nomad.get('/v1/operator/raft/configuration')).json;
  assert.deepEqual([Servers[0].Address, Servers[0].Leader], [leader, true]);
});

test('evaluations are deleted only while the broker is paused', async () => {
  const nomad = testNomad();
  const put = {
    Job: {
      ID: 'x',
      Datacenters: ['dc1'],
      Type: 'batch',
      TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'mock_driver' }] }],
    },
  };
  const { EvalID } = (await nomad.put('/v1/jobs', put)).json;
  await nomad.clock.advance(1000);
  const remove = () => nomad.send('DELETE', '/v1/evaluations', JSON.stringify({ EvalIDs: [EvalID] }));
  assert.equal((await remove()).status, 500);
  await nomad.put('/v1/operator/scheduler/configuration', { SchedulerAlgorithm: 'binpack', PauseEvalBroker: true });
  assert.equal((await remove()).json.Count, 1);
  assert.equal((await remove()).text, 'eval not found');
  const byFilter = JSON.stringify({ Filter: 'JobID == "nosuch"' });
  assert.equal((await nomad.send('DELETE', '/v1/evaluations', byFilter)).json.Count, 0);
});

test('a namespace that names its drivers takes no job with others', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/namespace', { Name: 'qa', Capabilities: { EnabledTaskDrivers: ['exec'] } });
  const job = (driver: string) => ({
    Job: {
      ID: 'x',
      Namespace: 'qa',
      Datacenters: ['dc1'],
      TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: driver }] }],
    },
  });
  const refused = await nomad.put('/v1/jobs', job('raw_exec'));
  assert.equal(refused.status, 500);
  assert.match(refused.text, /used task driver "raw_exec" is not allowed in namespace "qa"/);
  assert.equal((await nomad.put('/v1/jobs', job('exec'))).status, 200);
});

test('a server apart from its clients is no client itself', async () => {
  const nomad = testNomad({ client: false });
  const { config, stats } = (await nomad.get('/v1/agent/self')).json;
  assert.deepEqual([config.Client.Enabled, stats.client], [false, undefined]);
  const servers = await nomad.get('/v1/agent/servers');
  assert.deepEqual([servers.status, servers.text], [501, 'Invalid method']);
});

test('who monitors from debug on hears of every request', async () => {
  const nomad = testNomad();
  const stop = new AbortController();
  const pieces: string[] = [];
  const url = '/v1/agent/monitor?log_level=debug&plain=true';
  const answered = nomad.read({ url, signal: stop.signal, onPiece: (piece) => pieces.push(piece) });
  await nomad.clock.advance(0);
  await nomad.get('/v1/regions');
  await nomad.clock.advance(0);
  stop.abort();
  await answered;
  assert.match(
    pieces.join(''),
    / \[DEBUG\] nomad_server: request complete: method=GET path=\/v1\/regions status=200\n$/,
  );
});

test('the only server cannot be taken out of the configuration, and no other is in it', async () => {
  const nomad = testNomad();
  const gone = (query: string) => nomad.delete(`/v1/operator/raft/peer${query}`);
  assert.equal((await gone('?id=nope')).text, 'id "nope" was not found in the Raft configuration');
  assert.equal((await gone('?address=x:1')).text, 'address "x:1" was not found in the Raft configuration');
  assert.deepEqual([(await gone('?address=127.0.0.1:4647')).status, (await gone('')).status], [500, 400]);
});

test('a missed heartbeat is told in the log, and a client that names no datacenter is in that of the agent', async () => {
  const nomad = testNomad({ nodes: [], datacenter: 'stage1', heartbeatMs: 1000 });
  const { ID } = (await nomad.put('/v1/_sim/nodes', { name: 'n1' })).json;
  assert.equal((await nomad.get(`/v1/node/${ID}`)).json.Datacenter, 'stage1');
  const stop = new AbortController();
  const heard = nomad.read({ url: '/v1/agent/monitor?plain=true', signal: stop.signal });
  await nomad.put(`/v1/_sim/node/${ID}/silence`);
  await nomad.clock.advance(900);
  assert.equal((await nomad.get(`/v1/node/${ID}`)).json.Status, 'ready');
  await nomad.clock.advance(2200);
  assert.equal((await nomad.get(`/v1/node/${ID}`)).json.Status, 'down');
  stop.abort();
  assert.match((await heard).text, new RegExp(` \\[WARN\\] {2}nomad\\.heartbeat: node TTL expired: node_id=${ID}\n`));
});

test('what autopilot tells of the log is as old as its last look', async () => {
  const nomad = testNomad();
  const index = async () => (await nomad.get('/v1/operator/autopilot/health')).json.Servers[0].LastIndex;
  const first = await index();
  await nomad.put('/v1/node/pools', { Name: 'gpu' });
  assert.equal(await index(), first);
  await nomad.clock.advance(10_000);
  assert.ok((await index()) > first);
});

test('the agent tells its whole configuration, and what was set differently', async () => {
  const agentSettings = { LogLevel: 'WARN', Client: { Options: { 'driver.denylist': 'java' } }, Files: ['a.hcl'] };
  const nodes = [{ name: 'n1', reserved: { cpuMhz: 100 } }];
  const nomad = testNomad({ nodes, version: '2.0.6-dev', agentSettings });
  const { config } = (await nomad.get('/v1/agent/self')).json;
  assert.deepEqual([config.LogLevel, config.Files, config.Datacenter], ['WARN', ['a.hcl'], 'dc1']);
  assert.deepEqual([config.Client.Options['driver.denylist'], config.Client.Reserved.CPU], ['java', 100]);
  assert.equal(config.Client.Options['driver.raw_exec.enable'], 'true', 'what was not set stays');
  assert.deepEqual([config.Server.BootstrapExpect, config.Telemetry.CirconusAPIURL, config.Consuls.length], [1, '', 1]);
});

test('the first client registers with the eighth write, and once more when it knows its machine', async () => {
  const nomad = testNomad();
  const stop = new AbortController();
  const answered = nomad.read({ url: '/v1/event/stream?topic=Node&index=1', signal: stop.signal });
  await nomad.clock.advance(3500);
  stop.abort();
  const batches = (await answered).text.split('\n').filter((line) => line.includes('Events'));
  const events = batches.flatMap((line) => JSON.parse(line).Events);
  const told = events.map(({ Index, Type, Payload }) => [Index, Type, Payload.Node.Status]);
  assert.deepEqual(told, [
    [8, 'NodeRegistration', 'initializing'],
    [9, 'NodeStreamEvent', 'ready'],
    [10, 'NodeRegistration', 'ready'],
  ]);
});

test('autopilot looks first when it is configured, before the first client registers', async () => {
  const nomad = testNomad();
  const { LastIndex } = (await nomad.get('/v1/operator/autopilot/health')).json.Servers[0];
  const { CreateIndex } = (await nomad.get('/v1/operator/autopilot/configuration')).json;
  assert.deepEqual([LastIndex, CreateIndex], [4, 4]);
});
