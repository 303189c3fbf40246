/** `nomad var get`, `list`, `purge` and `init`. */
import { integerFlag, textFlag } from '../../../lib/flags.ts';
import { unlessRefused } from '../../../nomad/client.ts';
import { attempt, CommandFailure, defineCommand, onlyOperand, wrongUsage } from '../cli/command.ts';
import { pageFlags, pageQuery } from '../cli/pages.ts';
import { table } from '../text/columns.ts';
import { hint } from '../text/hint.ts';
import { prettyJson } from '../text/json.ts';
import { timeOfNs } from '../text/times.ts';
import { type Variable, variableText } from './text.ts';

export const variablePath = (path: string): string => `/v1/var/${path.split('/').map(encodeURIComponent).join('/')}`;

export const varGet = defineCommand({
  name: 'var get',
  takes: '[options] <path>',
  synopsis: 'Read a variable',
  flags: { item: textFlag, out: textFlag },
  async run(call) {
    const { client, signal, values } = call;
    const path = onlyOperand(call.operands, '<path>');
    const reading = unlessRefused(404, client.object<Variable>(variablePath(path), {}, signal));
    const variable = (await attempt('Error retrieving variable', reading))?.value;
    if (variable === undefined) throw new CommandFailure('Variable not found');
    if (values.item !== undefined) {
      const value = variable.Items?.[values.item];
      if (value === undefined) throw new CommandFailure(`Variable does not contain "${values.item}" item`);
      call.stdout(value);
      return 0;
    }
    call.out(variableText(variable, values.out ?? 'json'));
    hint(call, 'variable details', `variables/var/${path}@${variable.Namespace}`);
    return 0;
  },
});

export const varList = defineCommand({
  name: 'var list',
  takes: '[options] <prefix>',
  synopsis: 'List variable metadata',
  flags: { out: textFlag, ...pageFlags },
  async run(call) {
    const { client, signal, values } = call;
    const [prefix, ...more] = call.operands;
    if (more.length > 0) throw wrongUsage('This command takes flags and either no arguments or one: <prefix>');
    const query = { ...(prefix !== undefined && { prefix }), ...pageQuery(values) };
    const { value } = await attempt('Error retrieving vars', client.list<Variable>('/v1/vars', { query }, signal));
    const out = values.out ?? 'json';
    if (out === 'json') return void call.out(prettyJson(value));
    if (out === 'terse') call.out(value.map(({ Path }) => Path).join('\n'));
    else {
      const rows = value.map(({ Namespace, Path, ModifyTime }) => [Namespace, Path, timeOfNs(ModifyTime)]);
      call.out(table([['Namespace', 'Path', 'Last Updated'], ...rows]));
    }
    hint(call, 'Nomad variables', 'variables');
    return 0;
  },
});

export const varPurge = defineCommand({
  name: 'var purge',
  takes: '[options] <path>',
  synopsis: 'Purge a variable',
  flags: { 'check-index': integerFlag },
  async run(call) {
    const path = onlyOperand(call.operands, '<path>');
    const index = call.values['check-index'];
    const query = index === undefined ? {} : { query: { cas: String(index) } };
    const writing = call.client.write('DELETE', variablePath(path), undefined, query, call.signal);
    await attempt('Error purging variable', writing);
    call.out(`Successfully purged variable "${path}"!`);
    return 0;
  },
});

const example = `path = "app/config"

items {
  user = "somebody"
}
`;

export const varInit = defineCommand({
  name: 'var init',
  takes: '<filename>',
  synopsis: 'Create an example variable specification file',
  flags: {},
  async run({ operands, files, out }) {
    const [path = 'spec.nv.hcl'] = operands;
    if ((await files.read(path)) !== undefined) throw new CommandFailure(`File "${path}" already exists`);
    await files.write(path, example);
    out(`Example variable specification written to ${path}`);
    return 0;
  },
});
