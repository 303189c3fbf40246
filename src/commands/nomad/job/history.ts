/** `nomad job history`: the versions of a job that Nomad still has. */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import type { JobDiff } from '../../../nomad/plan-types.ts';
import type { Job } from '../../../nomad/types.ts';
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { pairs } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { asJob } from '../text/shapes.ts';
import { timeOfNs } from '../text/times.ts';
import { jobDiffText } from './diff-text.ts';
import { oneJob } from './one.ts';

interface History {
  /** Newest first. */
  readonly Versions: readonly Job[] | null;
  /** From each to the one before. */
  readonly Diffs: readonly JobDiff[] | null;
}

export const jobHistory = defineCommand({
  name: 'job history',
  takes: '[options] <job>',
  synopsis: 'Display all tracked versions of a job',
  flags: { p: boolFlag, version: integerFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    const stub = await oneJob(call);
    const options = { namespace: stub.Namespace, query: { diffs: String(values.p ?? false) } };
    const reading = call.client.object<History>(`${jobPath(stub)}/versions`, options, call.signal);
    const { Versions, Diffs } = (await attempt('Error retrieving job versions', reading)).value;
    const all = (Versions ?? []).map((job, at) => ({ job, diff: Diffs?.[at] }));
    const wanted = values.version === undefined ? all : all.filter(({ job }) => job.Version === values.version);
    if (wanted.length === 0) throw new CommandFailure(`Job version ${values.version} not found`);
    const list = () => wanted.map(({ job, diff }) => versionText(job, diff)).join('\n\n');
    call.out(
      formatted(
        values,
        wanted.map(({ job }) => asJob(job)),
      ) ?? list(),
    );
    return 0;
  },
});

function versionText(job: Job, diff: JobDiff | undefined): string {
  const tag = job.VersionTag;
  return pairs([
    ['Version', String(job.Version)],
    ['Stable', String(job.Stable)],
    ['Submit Date', timeOfNs(job.SubmitTime)],
    ...(tag === null || tag === undefined ? [] : tagRows(tag)),
    ...(diff === undefined ? [] : [['Diff', `\n${jobDiffText(diff, {})}`] as const]),
  ]);
}

const tagRows = ({ Name, Description }: NonNullable<Job['VersionTag']>): readonly (readonly [string, string])[] => [
  ['Tag Name', Name],
  ...(Description ? [['Tag Description', Description] as const] : []),
];
