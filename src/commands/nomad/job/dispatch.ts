/** `nomad job dispatch`: makes a job from a parameterized one. */
import { boolFlag, integerFlag, listFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
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

async function payloadOf(call: Parameters<typeof findJob>[0], input: string): Promise<string> {
  const text = input === '-' ? await call.stdin() : await call.files.read(input);
  if (text === undefined) {
    throw new CommandFailure(`Error reading input data: open ${input}: no such file or directory`);
  }
  return text;
}

function metaOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CommandFailure(`Error parsing meta value: ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
