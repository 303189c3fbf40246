/** `nomad acl …`: the first token, tokens and policies. */
import { boolFlag, listFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand, inputText, onlyOperand, wrongUsage } from '../cli/command.ts';
import { pairs, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { timeOfText } from '../text/times.ts';

interface TokenStub {
  readonly AccessorID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Policies: readonly string[] | null;
  readonly Global: boolean;
  readonly CreateTime: string;
  readonly ExpirationTime: string | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

interface Token extends TokenStub {
  readonly SecretID: string;
}

interface Policy {
  readonly Name: string;
  readonly Description: string;
}

function tokenText(token: Token): string {
  const mayAll = token.Type === 'management';
  const policies = token.Policies ?? [];
  return pairs([
    ['Accessor ID', token.AccessorID],
    ['Secret ID', token.SecretID],
    ['Name', token.Name],
    ['Type', token.Type],
    ['Global', String(token.Global)],
    ['Create Time', timeOfText(token.CreateTime)],
    ['Expiry Time', token.ExpirationTime === null ? '<none>' : timeOfText(token.ExpirationTime)],
    ['Create Index', String(token.CreateIndex)],
    ['Modify Index', String(token.ModifyIndex)],
    ['Policies', mayAll ? 'n/a' : `[${policies.join(' ')}]`],
    ['Roles', mayAll ? 'n/a' : '<none>'],
  ]);
}

export const aclBootstrap = defineCommand({
  name: 'acl bootstrap',
  takes: '[options]',
  synopsis: 'Bootstrap the ACL system for initial token',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const writing = client.write('POST', '/v1/acl/bootstrap', undefined, {}, signal);
    const made = (await attempt('Error bootstrapping', writing)).value as Token;
    out(formatted(values, made) ?? tokenText(made));
    return 0;
  },
});

export const aclTokenSelf = defineCommand({
  name: 'acl token self',
  takes: '',
  synopsis: 'Lookup self ACL token',
  flags: formatFlags,
  async run({ client, signal, token, values, out }) {
    if (!token) throw new CommandFailure('No token present in the environment or set via the CLI flag');
    const reading = client.object<Token>('/v1/acl/token/self', {}, signal);
    const self = (await attempt('Error fetching self token', reading)).value;
    out(formatted(values, self) ?? tokenText(self));
    return 0;
  },
});

export const aclTokenCreate = defineCommand({
  name: 'acl token create',
  takes: '[options]',
  synopsis: 'Create a new ACL token',
  flags: { name: textFlag, type: textFlag, policy: listFlag, global: boolFlag, ...formatFlags },
  async run({ client, signal, values, out }) {
    const Policies = values.policy ?? null;
    const body = { Name: values.name ?? '', Type: values.type ?? 'client', Policies, Global: values.global ?? false };
    const writing = client.write('PUT', '/v1/acl/token', body, {}, signal);
    const made = (await attempt('Error creating token', writing)).value as Token;
    out(formatted(values, made) ?? tokenText(made));
    return 0;
  },
});

export const aclTokenList = defineCommand({
  name: 'acl token list',
  takes: '[options]',
  synopsis: 'List ACL tokens',
  flags: formatFlags,
  async run({ client, clock, signal, values, out }) {
    const { value } = await attempt('Error listing tokens', client.list<TokenStub>('/v1/acl/tokens', {}, signal));
    const isOver = ({ ExpirationTime: end }: TokenStub) => end !== null && Date.parse(end) <= clock.now();
    const rows = value.map((one) => [one.Name, one.Type, String(one.Global), one.AccessorID, String(isOver(one))]);
    out(formatted(values, value) ?? table([['Name', 'Type', 'Global', 'Accessor ID', 'Expired'], ...rows]));
    return 0;
  },
});

export const aclTokenDelete = defineCommand({
  name: 'acl token delete',
  takes: '<token_accessor_id>',
  synopsis: 'Delete an existing ACL token',
  flags: {},
  async run({ client, signal, operands, out }) {
    const id = onlyOperand(operands, '<token_accessor_id>');
    const path = `/v1/acl/token/${encodeURIComponent(id)}`;
    await attempt('Error deleting token', client.write('DELETE', path, undefined, {}, signal));
    out(`Token ${id} successfully deleted`);
    return 0;
  },
});

export const aclPolicyApply = defineCommand({
  name: 'acl policy apply',
  takes: '[options] <name> <path>',
  synopsis: 'Create or update an ACL policy',
  flags: { description: textFlag },
  async run(call) {
    const [name, path, ...more] = call.operands;
    if (name === undefined || path === undefined || more.length > 0) {
      throw wrongUsage('This command takes two arguments: <name> and <path>');
    }
    const Rules = await inputText(call, path);
    if (Rules === undefined) throw new CommandFailure(`Failed to read file: open ${path}: no such file or directory`);
    const body = { Name: name, Description: call.values.description ?? '', Rules };
    const writing = call.client.write('PUT', `/v1/acl/policy/${encodeURIComponent(name)}`, body, {}, call.signal);
    await attempt('Error writing ACL policy', writing);
    call.out(`Successfully wrote "${name}" ACL policy!`);
    return 0;
  },
});

export const aclPolicyList = defineCommand({
  name: 'acl policy list',
  takes: '[options]',
  synopsis: 'List ACL policies',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const { value } = await attempt('Error listing ACL policies', client.list<Policy>('/v1/acl/policies', {}, signal));
    const rows = value.map(({ Name, Description }) => [Name, Description]);
    out(formatted(values, value) ?? table([['Name', 'Description'], ...rows]));
    return 0;
  },
});
