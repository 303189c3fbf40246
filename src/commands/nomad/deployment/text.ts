/** One deployment, and lists of them. */
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { only, pairs, table } from '../text/columns.ts';
import { shortId } from '../text/ids.ts';
import { timeOfText } from '../text/times.ts';

/** @param withJob  names the job too, which is plain where the job itself is shown. */
export function deploymentText(deployment: Deployment, isVerbose = false, withJob = true): string {
  const job: readonly (readonly [string, string])[] = [
    ['Job ID', deployment.JobID],
    ['Job Version', String(deployment.JobVersion)],
  ];
  const head = pairs([
    ['ID', shortId(deployment.ID, isVerbose)],
    ...(withJob ? job : []),
    ['Status', deployment.Status],
    ['Description', deployment.StatusDescription],
  ]);
  const groups = groupTable(deployment);
  return groups === undefined ? head : `${head}\n\nDeployed\n${groups}`;
}

function groupTable({ TaskGroups }: Deployment): string | undefined {
  const groups = Object.entries(TaskGroups ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (groups.length === 0) return undefined;
  const some = (holds: (state: (typeof groups)[number][1]) => boolean) => groups.some(([, state]) => holds(state));
  const hasCanaries = some((state) => state.DesiredCanaries > 0);
  const reverts = some((state) => state.AutoRevert);
  const hasDeadline = some((state) => state.ProgressDeadline !== 0);
  const head = [
    ...['Task Group', ...only(reverts, 'Auto Revert'), ...only(hasCanaries, 'Promoted'), 'Desired'],
    ...[...only(hasCanaries, 'Canaries'), 'Placed', 'Healthy', 'Unhealthy', ...only(hasDeadline, 'Progress Deadline')],
  ];
  const rows = groups.map(([name, state]) => [
    ...[name, ...only(reverts, String(state.AutoRevert))],
    ...only(hasCanaries, state.DesiredCanaries > 0 ? String(state.Promoted) : 'N/A'),
    String(state.DesiredTotal),
    ...only(hasCanaries, state.DesiredCanaries > 0 ? String(state.DesiredCanaries) : 'N/A'),
    ...[String(state.PlacedAllocs), String(state.HealthyAllocs), String(state.UnhealthyAllocs)],
    ...only(hasDeadline, timeOfText(state.RequireProgressBy)),
  ]);
  return table([head, ...rows]);
}

/** Newest first. */
export function deploymentTable(deployments: readonly Deployment[], isVerbose = false): string {
  if (deployments.length === 0) return 'No deployments found';
  const rows = [...deployments]
    .sort((a, b) => b.CreateIndex - a.CreateIndex)
    .map((one) => [
      ...[shortId(one.ID, isVerbose), one.JobID, String(one.JobVersion), one.Status, one.StatusDescription],
    ]);
  return table([['ID', 'Job ID', 'Job Version', 'Status', 'Description'], ...rows]);
}
