/** One job as `job status` shows it. */
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import type { Deployment, Evaluation } from '../../../nomad/evaluation-types.ts';
import type { JobListStub, JobSummary } from '../../../nomad/scaling-types.ts';
import type { Job } from '../../../nomad/types.ts';
import { nextLaunch } from '../../../nomad-server/periodic.ts';
import { allocationTable } from '../alloc/rows.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { deploymentText } from '../deployment/text.ts';
import { hasFailures, placementText } from '../eval/list.ts';
import { jobPath } from '../find/job.ts';
import { pairs, table } from '../text/columns.ts';
import { failureLines } from '../text/failures.ts';
import { type Format, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';
import { asAllocationStub, asDeployment, asEvaluation } from '../text/shapes.ts';
import { fromNow, timeOfNs, timeText } from '../text/times.ts';
import { statusText } from './rows.ts';

export interface ShowOptions extends Format {
  readonly short?: boolean;
  readonly evals?: boolean;
  readonly 'all-allocs'?: boolean;
  readonly verbose?: boolean;
}

/** What there is to know of a job. */
interface Known {
  readonly allocations: readonly AllocStub[];
  readonly evaluations: readonly Evaluation[];
  readonly deployment: Deployment | undefined;
  readonly summary: JobSummary;
}

export async function showJob(call: AnyCall, stub: JobListStub, options: ShowOptions): Promise<void> {
  const { client, signal } = call;
  const path = jobPath(stub);
  const within = { namespace: stub.Namespace };
  if (options.json || options.t !== undefined) {
    const { allocations, evaluations, deployment, summary } = await readAll(call, stub, options);
    const all = {
      Allocations: allocations.map(asAllocationStub),
      Evaluations: [...evaluations].sort((a, b) => b.CreateIndex - a.CreateIndex).map(asEvaluation),
      LatestDeployment: deployment === undefined ? null : asDeployment(deployment),
      Summary: summary,
    };
    return call.out(formatted(options, [all]) ?? '');
  }
  const job = (await attempt('Error querying job', client.object<Job>(path, within, signal))).value;
  call.out(basics(job, call.clock.now()));
  if (!options.short) {
    if (job.Periodic !== null || (job.ParameterizedJob !== null && !job.Dispatched)) await template(call, job, stub);
    else showDetails(call, job, await readAll(call, stub, options), options);
  }
  hint(call, 'job details and metrics', `jobs/${encodeURIComponent(job.ID)}@${job.Namespace}`);
}

async function readAll(call: AnyCall, stub: JobListStub, options: ShowOptions): Promise<Known> {
  const { client, signal } = call;
  const path = jobPath(stub);
  const within = { namespace: stub.Namespace };
  const all = { ...within, query: { all: String(options['all-allocs'] ?? false) } };
  const [allocations, evaluations, deployment, summary] = await Promise.all([
    attempt('Error querying job allocations', client.list<AllocStub>(`${path}/allocations`, all, signal)),
    attempt('Error querying job evaluations', client.list<Evaluation>(`${path}/evaluations`, within, signal)),
    attempt('Error querying latest job deployment', client.get(`${path}/deployment`, within, signal)),
    attempt('Error querying job summary', client.object<JobSummary>(`${path}/summary`, within, signal)),
  ]);
  return {
    allocations: allocations.value,
    evaluations: evaluations.value,
    deployment: (deployment.value ?? undefined) as Deployment | undefined,
    summary: summary.value,
  };
}

function basics(job: Job, nowMs: number): string {
  const next = job.Periodic === null || job.Stop ? undefined : nextLaunch(job.Periodic, nowMs);
  return pairs([
    ['ID', job.ID],
    ['Name', job.Name],
    ['Submit Date', timeOfNs(job.SubmitTime)],
    ['Type', job.Type],
    ['Priority', String(job.Priority)],
    ['Datacenters', job.Datacenters.join(',')],
    ['Namespace', job.Namespace],
    ['Node Pool', job.NodePool],
    ['Status', statusText(job.Status, job.Stop)],
    ['Periodic', String(job.Periodic !== null)],
    ['Parameterized', String(job.ParameterizedJob !== null && !job.Dispatched)],
    ...(next === undefined ? [] : [['Next Periodic Launch', `${timeText(next)} (${fromNow(next, nowMs)})`] as const]),
  ]);
}

/** What a job that only makes others has made. */
async function template(call: AnyCall, job: Job, stub: JobListStub): Promise<void> {
  const { client, signal } = call;
  const within = { namespace: stub.Namespace };
  const { value } = await attempt(
    'Error querying job summary',
    client.object<JobSummary>(`${jobPath(stub)}/summary`, within, signal),
  );
  const listing = client.list<JobListStub>('/v1/jobs', { ...within, query: { prefix: `${job.ID}/` } }, signal);
  const children = (await attempt('Error querying child jobs', listing)).value.filter(
    ({ ParentID }) => ParentID === job.ID,
  );
  const { Pending = 0, Running = 0, Dead = 0 } = value.Children ?? {};
  const counts = table([['Pending', 'Running', 'Dead'], [Pending, Running, Dead].map(String)]);
  const rows = [['ID', 'Status'], ...children.map(({ ID, Status, Stop }) => [ID, statusText(Status, Stop)])];
  if (job.ParameterizedJob === null) {
    call.out(`\nChildren Job Summary\n${counts}\n`);
    call.out(children.length === 0 ? 'No instances of periodic job found' : `Previously Launched Jobs\n${table(rows)}`);
    return;
  }
  const { Payload, MetaRequired, MetaOptional } = job.ParameterizedJob;
  const asked = pairs([
    ['Payload', Payload || 'optional'],
    ['Required Metadata', (MetaRequired ?? []).join(', ')],
    ['Optional Metadata', (MetaOptional ?? []).join(', ')],
  ]);
  call.out(`\nParameterized Job\n${asked}\n\nParameterized Job Summary\n${counts}\n`);
  const none = 'No dispatched instances of parameterized job found';
  call.out(children.length === 0 ? none : `Dispatched Jobs\n${table(rows)}`);
}

function showDetails(call: AnyCall, job: Job, known: Known, options: ShowOptions): void {
  const isVerbose = options.verbose ?? false;
  call.out(`\nSummary\n${summaryTable(job, known.summary)}`);
  if (options.evals || isVerbose) call.out(`\nEvaluations\n${evaluationTable(known.evaluations, isVerbose)}`);
  const failed = failedPlacement(known.evaluations);
  if (failed !== undefined) call.out(`\nPlacement Failure\n${failureLines(failed, false).join('\n')}`);
  if (known.deployment !== undefined) {
    call.out(`\nLatest Deployment\n${deploymentText(known.deployment, isVerbose, false)}`);
  }
  call.out(`\nAllocations\n${allocationTable(known.allocations, { nowMs: call.clock.now(), isVerbose })}`);
}

function summaryTable(job: Job, { Summary }: JobSummary): string {
  const rows = job.TaskGroups.map(({ Name }) => Name)
    .sort()
    .map((name) => {
      const {
        Queued = 0,
        Starting = 0,
        Running = 0,
        Failed = 0,
        Complete = 0,
        Lost = 0,
        Unknown = 0,
      } = Summary[name] ?? {};
      return [name, ...[Queued, Starting, Running, Failed, Complete, Lost, Unknown].map(String)];
    });
  return table([['Task Group', 'Queued', 'Starting', 'Running', 'Failed', 'Complete', 'Lost', 'Unknown'], ...rows]);
}

function evaluationTable(evaluations: readonly Evaluation[], isVerbose: boolean): string {
  const rows = [...evaluations]
    .sort((a, b) => b.CreateIndex - a.CreateIndex)
    .map((one) => [
      ...[shortId(one.ID, isVerbose), String(one.Priority), one.TriggeredBy, one.Status],
      placementText(one),
    ]);
  return table([['ID', 'Priority', 'Triggered By', 'Status', 'Placement Failures'], ...rows]);
}

/** Why the newest evaluation that failed to place everything did, as long as one waits for that. */
function failedPlacement(evaluations: readonly Evaluation[]): NonNullable<Evaluation['FailedTGAllocs']> | undefined {
  if (!evaluations.some(({ Status }) => Status === 'blocked')) return undefined;
  const [newest] = evaluations.filter(hasFailures).sort((a, b) => b.CreateIndex - a.CreateIndex);
  return newest?.FailedTGAllocs ?? undefined;
}
