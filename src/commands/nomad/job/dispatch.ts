/** `nomad job dispatch`: makes a job from a parameterized one. */
import { boolFlag, integerFlag, listFlag, textFlag } from '../../../lib/flags.ts';
import type { Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, inputText, wrongUsage } from '../cli/command.ts';
import { keyValues } from '../cli/key-values.ts';
import { findJob, jobPath, parameterizedJob } from '../find/job.ts';
import { monitorEvaluation } from '../monitor/evaluation.ts';
import { pairs } from '../text/columns.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';

interface Dispatched {
  readonly DispatchedJobID: string;
  readonly EvalID: string;
}

export const jobDispatch = defineCommand({
  name: 'job dispatch',
  takes: '[options] <parameterized job> [input source]',
  synopsis: 'Dispatch an instance of a parameterized job',
  flags: {
    ...{ meta: listFlag, detach: boolFlag, verbose: boolFlag, 'idempotency-token': textFlag },
    ...{ 'id-prefix-template': textFlag, priority: integerFlag },
  },
  async run(call) {
    const { values, client, signal } = call;
    const [prefix, input, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) {
      throw wrongUsage('This command takes one or two argument: <parameterized job> [input source]');
    }
    const job = await findJob(call, prefix, parameterizedJob);
    const payload = input === undefined ? undefined : await payloadOf(call, input);
    const body = {
      ...{ JobID: job.ID, Meta: metaOf(values.meta ?? []), IdPrefixTemplate: values['id-prefix-template'] ?? '' },
      Payload: payload === undefined ? null : Buffer.from(payload).toString('base64'),
      ...(values.priority === undefined ? {} : { Priority: values.priority }),
    };
    const token = values['idempotency-token'];
    const options = {
      namespace: job.Namespace,
      ...(token === undefined ? {} : { query: { idempotency_token: token } }),
    };
    const writing = client.write('PUT', `${jobPath(job)}/dispatch`, body, options, signal);
    const { DispatchedJobID, EvalID } = (await attempt('Failed to dispatch job', writing)).value as Dispatched;
    const isVerbose = values.verbose ?? false;
    call.out(
      pairs([
        ['Dispatched Job ID', DispatchedJobID],
        // One that only launches later has none.
        ...(EvalID ? [['Evaluation ID', shortId(EvalID, isVerbose)] as const] : []),
      ]),
    );
    if (values.detach || !EvalID) return 0;
    call.out('');
    hint(call, 'this job', `jobs/${encodeURIComponent(DispatchedJobID)}@${job.Namespace}`);
    return monitorEvaluation(call, EvalID, { isVerbose });
  },
});

async function payloadOf(call: AnyCall, input: string): Promise<string> {
  const text = await inputText(call, input);
  if (text === undefined) {
    throw new CommandFailure(`Error reading input data: open ${input}: no such file or directory`);
  }
  return text;
}

const metaOf = (pairs: readonly string[]): Strings =>
  keyValues(pairs, (pair) => new CommandFailure(`Error parsing meta value: ${pair}`));
