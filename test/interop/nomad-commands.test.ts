/** The calls of the official command line, made with the client library that it is made of, against the embedded Nomad. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { startNomad } from '../support/embedded-nomad.ts';
import { buildGoModule, buildGoTests } from '../support/go-programs.ts';
import { standIns, writeStandIn } from '../support/nomad-stand-in.ts';
import { endWithUs } from '../support/proc.ts';

const calls = buildGoModule('go-nomad');
const ownTests = buildGoTests('go-nomad', 'github.com/hashicorp/nomad/api');

interface Run {
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly onLine?: (line: string) => void;
}

/** @returns what it printed, line by line. What it has started ends with it. */
async function linesOf(
  t: TestContext,
  { path, args, env = process.env, cwd, onLine }: Run,
): Promise<readonly string[]> {
  const at = cwd === undefined ? {} : { cwd };
  const child = spawn(path, args, { env, ...at, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  endWithUs(child);
  const endAll = () => child.pid !== undefined && isGroup(child.pid) && process.kill(-child.pid, 'SIGKILL');
  t.after(endAll);
  child.once('exit', endAll);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    onLine?.(line);
  }
  return lines;
}

function isGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false; // all of it has ended
  }
}

/** Everything of nomad-api.md §13; one command fails when one of its calls does, or the answer is not what it prints. */
const commands = 74;

/** Keys that Nomad's answers have as recorded, and its client passes over, by the type of the client; `Index` is in every reply. */
const passedOver: readonly string[] = [
  ...['ACLToken.Hash', 'Namespace.Hash', 'NodePool.Hash', 'Service.Namespace', 'TaskState.Paused'],
  ...['AllocatedResources.TaskLifecycles', 'Allocation.SharedResources', 'Allocation.SigningKeyID'],
  ...['AllocationListStub.DesiredTransition', 'Deployment.EvalPriority', 'DeploymentState.AutoPromote'],
  ...['HostCPUStats.TotalPercent', 'HostCPUStats.TotalTicks', 'HostStats.Timestamp', 'MemoryStats.MappedFile'],
  ...['JobListStub.Multiregion', 'JobListStub.NodePool', 'MetricsSummary.PrecisionGauges'],
  ...['JobSubmission.JobID', 'JobSubmission.JobModifyIndex', 'JobSubmission.Namespace', 'JobSubmission.Version'],
  ...['Node.ComputedClass', 'Node.IdentitySigningKeyID', 'Node.LastAllocUpdateIndex', 'Node.LastMissedHeartbeatIndex'],
  ...['Node.SecretID', 'NodeListStub.HostVolumes', 'NodeReservedCpuResources.ReservedCpuCores'],
  ...['NodeResources.NodeNetworks', 'NodeResources.Processors'],
];

test('the calls of each command of the official command line, by the library that it is made of, get what they ask for', {
  skip: calls.leftOut,
}, async (t) => {
  const nomad = await startNomad(3);
  t.after(() => nomad.close());
  const lines = await linesOf(t, { path: calls.path, args: [nomad.address] });
  assert.deepEqual(
    lines.filter((line) => line.startsWith('bad')),
    [],
  );
  assert.equal(lines.filter((line) => line.startsWith('ok')).length, commands);
  const unknown = lines.flatMap((line) => /^unknown\t(.*)$/.exec(line)?.[1] ?? []);
  assert.deepEqual(
    unknown.filter((key) => !key.endsWith('.Index') && !passedOver.includes(key)),
    [],
  );
});

const jobFiles = 500;

test('made-up job files with every block and argument that the official client knows become the jobs that they say', {
  skip: calls.leftOut,
}, async (t) => {
  const nomad = await startNomad(1);
  t.after(() => nomad.close());
  const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
  const lines = await linesOf(t, { path: calls.path, args: [nomad.address, `${seed}`, `${jobFiles}`] });
  assert.deepEqual(lines, [`ok\t${jobFiles} job files`], `FC_SEED=${seed} repeats it`);
});

const alone = 'the embedded Nomad is alone, no other server joins it';
const few = 'of ACLs there are policies, and tokens that name them';
const noGo = 'there is no Go program to look into';
/** Tests of something else: that a server takes a second to start, and that goroutines wake to the millisecond. */
const passedBy =
  '^(TestNodes_Info|TestAcquireLock_MultipleInstances|TestFailedRenewal|Test_EarlyReturn|TestStart_Prot.*)$';
/** What the embedded Nomad does not do. */
const notDone: Readonly<Record<string, string>> = {
  TestAgent_Join: alone,
  TestAgent_ForceLeave: alone,
  TestAgent_ForceLeavePrune: alone,
  TestRegionsList: alone,
  TestAgentCPUProfile: noGo,
  TestAgentTrace: noGo,
  TestAgentProfile: noGo,
  TestAgent_SchedulerWorkerConfig: 'it has one worker for all schedulers',
  TestAgent_SchedulerWorkerConfig_BadRequest: 'it has one worker for all schedulers',
  TestOperator_MetricsSummary: 'it measures no samples',
  TestAllocations_ExecErrors: 'nothing can be run in a simulated task',
  TestKeyring_CRUD: 'its one key encrypts nothing and is never changed',
  TestNodeIdentity_Get: 'its clients need no identity',
  TestNodeIdentity_Renew: 'its clients need no identity',
  TestACLIdentity_CreateClientIntroductionToken: 'its clients need no identity',
  TestACLAuthMethods: few,
  TestACLBindingRules: few,
  TestACLRoles: few,
  TestACLTokens_CreateUpdate: few,
  TestACLTokens_Info: few,
  TestACLTokens_Upload: few,
  TestACL_OneTimeToken: few,
};

test("the tests of Nomad's own client pass against the embedded Nomad, but for what it does not do", {
  skip: ownTests.leftOut,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nomad-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeStandIn(join(folder, 'nomad'));
  const servers = standIns();
  t.after(() => servers.close());
  const lines = await linesOf(t, {
    ...{
      path: ownTests.path,
      args: ['-test.v', '-test.parallel=16', `-test.skip=${passedBy}`, '-test.timeout=280s'],
      cwd: folder,
    },
    onLine: servers.hear,
    env: { ...process.env, TMPDIR: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` },
  });
  const named = (verdict: string) =>
    lines.flatMap((line) => new RegExp(`^--- ${verdict}: (\\S+)`).exec(line)?.[1] ?? []);
  assert.ok(named('PASS').length > 200, lines.slice(-50).join('\n'));
  assert.deepEqual(named('FAIL').sort(), Object.keys(notDone).sort(), 'those that fail are those listed');
});
