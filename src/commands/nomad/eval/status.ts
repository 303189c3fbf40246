/** `nomad eval status` */
import { boolFlag } from '../../../lib/flags.ts';
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import type { DesiredUpdates, Evaluation } from '../../../nomad/evaluation-types.ts';
import { allocationTable } from '../alloc/rows.ts';
import { type AnyCall, attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { evaluations, findByPrefix } from '../find/by-prefix.ts';
import { monitorEvaluation } from '../monitor/evaluation.ts';
import { pairs, table } from '../text/columns.ts';
import { failureLines } from '../text/failures.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';
import { asEvaluation } from '../text/shapes.ts';
import { ago, timeOfNs } from '../text/times.ts';
import { placementText } from './list.ts';

export const evalStatus = defineCommand({
  name: 'eval status',
  takes: '[options] <evaluation>',
  synopsis: 'Display evaluation status and placement failure reasons',
  flags: { monitor: boolFlag, verbose: boolFlag, ...formatFlags },
  async run(call) {
    const { values, client, signal } = call;
    const [prefix, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one argument');
    const { ID, Namespace } = await findByPrefix<Evaluation>(call, evaluations, prefix);
    const isVerbose = values.verbose ?? false;
    if (values.monitor) return monitorEvaluation(call, ID, { isVerbose });
    const options = { namespace: Namespace, query: { related: 'true' } };
    const reading = client.object<Evaluation>(`/v1/evaluation/${ID}`, options, signal);
    const evaluation = (await attempt('Error querying evaluation', reading)).value;
    const text = formatted(values, asEvaluation(evaluation));
    if (text !== undefined) return void call.out(text);
    const listing = client.list<AllocStub>(`/v1/evaluation/${ID}/allocations`, { namespace: Namespace }, signal);
    show(call, evaluation, (await attempt('Error querying related allocations', listing)).value, isVerbose);
    hint(call, 'evaluation details', `evaluations?currentEval=${ID}`);
    return 0;
  },
});

function show(call: AnyCall, evaluation: Evaluation, allocations: readonly AllocStub[], isVerbose: boolean): void {
  const nowMs = call.clock.now();
  const moment = (ns: number) => (isVerbose ? timeOfNs(ns) : ago(ns, nowMs));
  const id = (text: string | undefined) => shortId(text ?? '', isVerbose);
  call.out(
    pairs([
      ['ID', id(evaluation.ID)],
      ['Create Time', moment(evaluation.CreateTime)],
      ['Modify Time', moment(evaluation.ModifyTime)],
      ['Status', evaluation.Status],
      ['Status Description', evaluation.StatusDescription || evaluation.Status],
      ['Type', evaluation.Type],
      ['TriggeredBy', evaluation.TriggeredBy],
      ['Job ID', evaluation.JobID],
      ['Namespace', evaluation.Namespace],
      ...(evaluation.NodeID ? [['Node ID', id(evaluation.NodeID)] as const] : []),
      ['Priority', String(evaluation.Priority)],
      ['Placement Failures', placementText(evaluation)],
      ['Previous Eval', id(evaluation.PreviousEval)],
      ['Next Eval', id(evaluation.NextEval)],
      ['Blocked Eval', id(evaluation.BlockedEval)],
    ]),
  );
  const failures = evaluation.FailedTGAllocs ?? {};
  if (Object.keys(failures).length > 0) call.out(`\nFailed Placements\n${failureLines(failures, true).join('\n')}`);
  const updates = evaluation.PlanAnnotations?.DesiredTGUpdates ?? {};
  if (Object.keys(updates).length > 0) call.out(`\nPlan Annotations\n${updateTable(updates, isVerbose)}`);
  if (allocations.length > 0) {
    const list = allocationTable(allocations, { nowMs, isVerbose, withOrigin: false });
    call.out(`\nPlaced Allocations\n${list}`);
  }
}

/** Always shown; the others when there are any, or all of them. */
const always = [
  ['Ignore', 'Ignore'],
  ['Place', 'Place'],
  ['Stop', 'Stop'],
  ['InPlace', 'InPlaceUpdate'],
  ['Destructive', 'DestructiveUpdate'],
] as const;
const sometimes = [
  ['Migrate', 'Migrate'],
  ['Canary', 'Canary'],
  ['Preemptions', 'Preemptions'],
  ['Reschedule Now', 'RescheduleNow'],
  ['Reschedule Later', 'RescheduleLater'],
  ['Disconnect', 'Disconnect'],
  ['Reconnect', 'Reconnect'],
] as const;

function updateTable(updates: Readonly<Record<string, DesiredUpdates>>, isVerbose: boolean): string {
  const groups = Object.entries(updates).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = [
    ...always,
    ...sometimes.filter(([, key]) => isVerbose || groups.some(([, one]) => (one[key] ?? 0) > 0)),
  ];
  const rows = groups.map(([name, one]) => [name, ...shown.map(([, key]) => String(one[key] ?? 0))]);
  return table([['Task Group', ...shown.map(([title]) => title)], ...rows]);
}
