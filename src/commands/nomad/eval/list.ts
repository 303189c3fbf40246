/** `nomad eval list` */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import type { Evaluation } from '../../../nomad/evaluation-types.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { pageFlags, pageQuery } from '../cli/pages.ts';
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
    ...{ verbose: boolFlag, job: textFlag, status: textFlag },
    ...{ ...formatFlags, ...pageFlags },
  },
  async run(call) {
    const { values } = call;
    if (call.operands.length > 0) throw wrongUsage('This command takes no arguments');
    const query = {
      reverse: 'true',
      ...(values.job && { job: values.job }),
      ...(values.status && { status: values.status }),
      ...pageQuery(values),
    };
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
export const placementText = (evaluation: Evaluation): string =>
  evaluation.Status === 'blocked' ? 'N/A - In Progress' : String(hasFailures(evaluation));

export const hasFailures = ({ FailedTGAllocs }: Evaluation): boolean => Object.keys(FailedTGAllocs ?? {}).length > 0;
