/** `nomad scaling policy list` and `nomad scaling policy info`. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import type { Opaque, Strings } from '../../../nomad/types.ts';
import { attempt, CommandFailure, defineCommand, onlyOperand } from '../cli/command.ts';
import { pairs, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { shortId } from '../text/ids.ts';
import { prettyJson } from '../text/json.ts';

interface Stub {
  readonly ID: string;
  readonly Enabled: boolean;
  readonly Type: string;
  readonly Target: Strings | null;
}

interface Policy extends Stub {
  readonly Min: number | null;
  readonly Max: number | null;
  readonly Namespace?: string;
  readonly Policy: Opaque | null;
}

export const scalingPolicyList = defineCommand({
  name: 'scaling policy list',
  takes: '[options]',
  synopsis: 'Display all Nomad scaling policies',
  flags: { job: textFlag, type: textFlag, verbose: boolFlag, ...formatFlags },
  async run({ client, signal, values, out }) {
    const query = {
      ...(values.job === undefined ? {} : { job: values.job }),
      ...(values.type === undefined ? {} : { type: values.type }),
    };
    const listing = client.list<Stub>('/v1/scaling/policies', { query }, signal);
    const { value } = await attempt('Error listing scaling policies', listing);
    const text = formatted(values, value);
    if (text !== undefined) return void out(text);
    if (value.length === 0) return void out('No policies found');
    const rows = [...value]
      .sort((a, b) => (a.ID < b.ID ? -1 : 1))
      .map(({ ID, Enabled, Type, Target }) => [shortId(ID, values.verbose), String(Enabled), Type, targetText(Target)]);
    out(table([['ID', 'Enabled', 'Type', 'Target'], ...rows]));
    return 0;
  },
});

export const scalingPolicyInfo = defineCommand({
  name: 'scaling policy info',
  takes: '[options] <policy_id>',
  synopsis: 'Display an individual Nomad scaling policy',
  flags: { verbose: boolFlag, ...formatFlags },
  async run(call) {
    const { client, signal, values, out } = call;
    const prefix = onlyOperand(call.operands, '<policy_id>');
    const failure = 'Error querying scaling policy';
    const listing = client.list<Stub>('/v1/scaling/policies', {}, signal);
    const found = (await attempt(failure, listing)).value.filter(({ ID }) => ID.startsWith(prefix));
    const [first, second] = found;
    if (first === undefined) {
      throw new CommandFailure(`${failure}: no scaling policies with prefix or ID "${prefix}" found`);
    }
    if (second !== undefined)
      throw new CommandFailure(`Prefix matched multiple scaling policies\n\n${found.map(({ ID }) => ID).join('\n')}`);
    const policy = (await attempt(failure, client.object<Policy>(`/v1/scaling/policy/${first.ID}`, {}, signal))).value;
    const text = formatted(values, { ...policy, Namespace: policy.Namespace ?? '' });
    if (text !== undefined) return void out(text);
    const head = pairs([
      ['ID', shortId(policy.ID, values.verbose)],
      ['Enabled', String(policy.Enabled)],
      ['Target', targetText(policy.Target)],
      ['Min', String(policy.Min ?? 0)],
      ['Max', String(policy.Max ?? 0)],
    ]);
    out(`${head}\n\nPolicy:\n${prettyJson(policy.Policy ?? {}, '', true)}`);
    return 0;
  },
});

/** `Namespace:default,Job:web,Group:api` */
function targetText(target: Strings | null): string {
  const order = ['Namespace', 'Job', 'Group', 'Task'];
  const known = order.filter((key) => target?.[key] !== undefined);
  return known.map((key) => `${key}:${target?.[key]}`).join(',');
}
