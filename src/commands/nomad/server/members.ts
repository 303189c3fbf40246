/** `nomad server members` and `nomad server join`. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { only, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';

interface Member {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Status: string;
  readonly ProtocolCur: number;
  readonly Tags: Readonly<Record<string, string>>;
}

export const serverMembers = defineCommand({
  name: 'server members',
  takes: '[options]',
  synopsis: 'Display a list of known servers and their status',
  flags: { verbose: boolFlag, detailed: boolFlag, ...formatFlags },
  async run(call) {
    const { client, signal, values } = call;
    if (call.operands.length > 0) throw wrongUsage('This command takes no arguments');
    const reading = client.object<{ readonly Members: readonly Member[] | null }>('/v1/agent/members', {}, signal);
    const members = (await attempt('Error querying servers', reading)).value.Members ?? [];
    const text = formatted(values, members);
    if (text !== undefined) return void call.out(text);
    const leader = (await attempt('Error determining leaders', client.get('/v1/status/leader', {}, signal))).value;
    const isLong = values.verbose ?? values.detailed ?? false;
    const head = [
      ...['Name', 'Address', 'Port', 'Status', 'Leader', ...only(isLong, 'Protocol'), 'Raft Version', 'Build'],
      ...['Datacenter', 'Region', ...only(isLong, 'Tags')],
    ];
    const rows = members.map(({ Name, Addr, Port, Status, ProtocolCur, Tags }) => [
      ...[Name, Addr, String(Port), Status, String(`${Tags['rpc_addr'] ?? Addr}:${Tags['port'] ?? ''}` === leader)],
      ...[
        ...only(isLong, String(ProtocolCur)),
        Tags['raft_vsn'] ?? '',
        Tags['build'] ?? '',
        Tags['dc'] ?? '',
        Tags['region'] ?? '',
      ],
      ...only(isLong, tagsText(Tags)),
    ]);
    call.out(table([head, ...rows]));
    hint(call, 'and manage Nomad servers', 'servers');
    return 0;
  },
});

export const serverJoin = defineCommand({
  name: 'server join',
  takes: '[options] <address>...',
  synopsis: 'Join server nodes together',
  flags: {},
  async run(call) {
    if (call.operands.length === 0) throw wrongUsage('One or more node addresses must be given as arguments');
    const query = new URLSearchParams(call.operands.map((address) => ['address', address]));
    const writing = call.client.write('PUT', `/v1/agent/join?${query}`, undefined, {}, call.signal);
    const { num_joined, error } = (await attempt('Error joining', writing)).value as {
      readonly num_joined: number;
      readonly error?: string;
    };
    if (error) throw new CommandFailure(`Error joining: failed joining: ${error}`);
    call.out(`Joined ${num_joined} servers successfully`);
    return 0;
  },
});

const tagOrder = [
  ...['region', 'dc', 'build', 'revision', 'rpc_addr', 'port', 'expect', 'raft_vsn', 'id', 'bootstrap', 'vsn', 'role'],
];

function tagsText(tags: Member['Tags']): string {
  const rank = (key: string) => (tagOrder.includes(key) ? tagOrder.indexOf(key) : tagOrder.length);
  const shown = Object.keys(tags).filter((key) => key !== 'Leader');
  return shown
    .sort((a, b) => rank(a) - rank(b))
    .map((key) => `${key}=${tags[key]}`)
    .join(',');
}
