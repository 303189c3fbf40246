/** `nomad eval list` */
import { boolFlag, integerFlag, textFlag } from '../../../lib/flags.ts';
import type { Evaluation } from '../../../nomad/evaluation-types.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';
import { asEvaluation } from '../text/shapes.ts';

export const evalList = defineCommand({
  name: 'eval list',
  takes: '[options]',
  synopsis: 'List the set of evaluations tracked by Nomad',
  flags: {
    ...{ verbose: boolFlag, ...formatFlags, filter: textFlag, job: textFlag, status: textFlag },
    ...{ 'per-page': integerFlag, 'page-token': textFlag },
  },
  async run(call) {
    const { values } = call;
    if (call.operands.length > 0) throw wrongUsage('This command takes no arguments');
    const query: Record<string, string> = { reverse: 'true' };
    if (values.filter) query['filter'] = values.filter;
    if (values.job) query['job'] = values.job;
    if (values.status) query['status'] = values.status;
    if (values['per-page']) query['per_page'] = String(values['per-page']);
    if (values['page-token']) query['next_token'] = values['page-token'];
    const listing = call.client.list<Evaluation>('/v1/evaluations', { query }, call.signal);
    const { value, nextToken } = await attempt('Error querying evaluations', listing);
    const text = formatted(values, value.map(asEvaluation));
    if (text !== undefined) return void call.out(text);
    if (value.length === 0) return void call.out('No evals found');
    const isVerbose = values.verbose ?? false;
    const head = ['ID', 'Priority', 'Triggered By', 'Job ID', 'Namespace', 'Node ID', 'Status', 'Placement Failures'];
    const rows = value.map((one) => [
      ...[shortId(one.ID, isVerbose), String(one.Priority), one.TriggeredBy, one.JobID, one.Namespace],
      ...[shortId(one.NodeID ?? '', isVerbose), one.Status, placementText(one)],
    ]);
    call.out(table([head, ...rows]));
    if (nextToken !== undefined) {
      call.out(`\nResults have been paginated. To get the next page run:\n\nnomad eval list -page-token ${nextToken}`);
    }
    hint(call, 'evaluations', 'evaluations');
    return 0;
  },
});

/** Whether something could not be placed; a blocked one still waits for that. */
export const placementText = ({ Status, FailedTGAllocs }: Evaluation): string =>
  Status === 'blocked' ? 'N/A - In Progress' : String(Object.keys(FailedTGAllocs ?? {}).length > 0);
