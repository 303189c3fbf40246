/** `nomad acl token self` and `nomad acl bootstrap`. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { pairs } from '../text/columns.ts';

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
  flags: { json: boolFlag, t: textFlag },
  async run({ client, signal, token, out }) {
    if (!token) throw new CommandFailure('No token present in the environment or set via the CLI flag');
    const reading = client.object<Token>('/v1/acl/token/self', {}, signal);
    out(tokenText((await attempt('Error fetching self token', reading)).value));
    return 0;
  },
});

export const aclBootstrap = defineCommand({
  name: 'acl bootstrap',
  takes: '[options]',
  synopsis: 'Bootstrap the ACL system for initial token',
  flags: { json: boolFlag, t: textFlag },
  async run({ client, signal, out }) {
    const writing = client.write('POST', '/v1/acl/bootstrap', undefined, {}, signal);
    out(tokenText((await attempt('Error bootstrapping', writing)).value as Token));
    return 0;
  },
});
