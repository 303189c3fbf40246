/** `nomad node drain`: moves the allocations of a node elsewhere. */
import { parseDuration } from '../../../lib/duration.ts';
import { explain } from '../../../lib/error.ts';
import { boolFlag, listFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, type Call, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findByPrefix, nodes } from '../find/by-prefix.ts';
import { monitorDrain } from '../monitor/drain.ts';
import { timeText } from '../text/times.ts';
import { ownNodeId } from './own.ts';

const failure = 'Error toggling drain mode';
const defaultDeadline = '1h';

const flags = {
  ...{ enable: boolFlag, disable: boolFlag, deadline: textFlag, force: boolFlag, 'no-deadline': boolFlag },
  ...{ 'ignore-system': boolFlag, 'keep-ineligible': boolFlag, self: boolFlag, yes: boolFlag, detach: boolFlag },
  ...{ monitor: boolFlag, m: textFlag, meta: listFlag },
};

export const nodeDrain = defineCommand({
  name: 'node drain',
  takes: '[options] <node>',
  synopsis: 'Toggle drain mode on a given node',
  flags,
  async run(call) {
    const { values, client, signal } = call;
    const deadlineMs = checked(call);
    const [prefix] = call.operands;
    const id = prefix === undefined ? await ownNodeId(call) : (await findByPrefix(call, nodes(failure), prefix)).ID;
    if (values.monitor) {
      await monitorDrain(call, id, undefined);
      return 0;
    }
    const spec = { Deadline: deadlineMs * 1e6, IgnoreSystemJobs: values['ignore-system'] ?? false };
    const body = {
      ...{ NodeID: id, DrainSpec: values.enable ? spec : null },
      MarkEligible: values.disable === true && !values['keep-ineligible'],
      Meta: metaOf(values.m, values.meta ?? []),
    };
    const writing = client.write('PUT', `/v1/node/${id}/drain`, body, {}, signal);
    const { NodeModifyIndex } = (await attempt(failure, writing)).value as { readonly NodeModifyIndex: number };
    if (!values.enable || values.detach) {
      call.out(`Node "${id}" drain strategy ${values.enable ? 'set' : 'unset'}`);
      return 0;
    }
    const now = timeText(call.clock.now());
    call.out(`${now}: Ctrl-C to stop monitoring: will not cancel the node drain`);
    call.out(`${now}: Node "${id}" drain strategy set`);
    await monitorDrain(call, id, NodeModifyIndex);
    return 0;
  },
});

/** Which flags go together. @returns the deadline in milliseconds: 0 for none, negative for at once. */
function checked({ values, operands }: Call<typeof flags>): number {
  const { enable = false, disable = false, force = false, self = false, monitor = false } = values;
  if (!monitor && enable === disable) {
    throw wrongUsage("Either the '-enable' or '-disable' flag must be set, unless using '-monitor'");
  }
  const hasDeadline = values.deadline !== undefined;
  const isEndless = values['no-deadline'] ?? false;
  if (disable && (hasDeadline || force || isEndless || values['ignore-system'])) {
    throw wrongUsage("-disable can't be combined with flags configuring drain strategy");
  }
  if (hasDeadline && (force || isEndless)) {
    throw wrongUsage("-deadline can't be combined with -force or -no-deadline");
  }
  if (force && isEndless) throw wrongUsage('-force and -no-deadline are mutually exclusive');
  if (operands.length > 1 || (operands.length === 0) !== self) {
    throw wrongUsage("Node ID must be specified if -self isn't being used");
  }
  if (force) return -1000;
  return isEndless ? 0 : deadlineMs(values.deadline ?? defaultDeadline);
}

function deadlineMs(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new CommandFailure(`Failed to parse deadline "${text}": ${explain(error)}`);
  }
}

function metaOf(message: string | undefined, meta: readonly string[]): Readonly<Record<string, string>> | null {
  const all: Record<string, string> = {};
  if (message !== undefined) all['message'] = message;
  for (const pair of meta) {
    const at = pair.indexOf('=');
    if (at < 0) all[pair] = '';
    else all[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return Object.keys(all).length === 0 ? null : all;
}
