/** `nomad acl token self` and `nomad acl bootstrap`. */
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { pairs } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';

interface Token {
  readonly AccessorID: string;
  readonly SecretID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Global: boolean;
}

const tokenText = (token: Token): string =>
  pairs([
    ['Accessor ID', token.AccessorID],
    ['Secret ID', token.SecretID],
    ['Name', token.Name],
    ['Type', token.Type],
    ['Global', String(token.Global)],
  ]);

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
