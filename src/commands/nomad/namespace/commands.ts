/** `nomad namespace list`, `apply`, `delete` and `inspect`. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, inputText, onlyOperand } from '../cli/command.ts';
import { table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { readNamespaceFile } from './file.ts';
import { findNamespace, type Namespace } from './find.ts';

export const namespaceList = defineCommand({
  name: 'namespace list',
  takes: '[options]',
  synopsis: 'List namespaces',
  flags: { quiet: boolFlag, ...formatFlags },
  async run({ client, signal, values, out }) {
    const { value } = await attempt(
      'Error retrieving namespaces',
      client.list<Namespace>('/v1/namespaces', {}, signal),
    );
    const text = formatted(values, value);
    if (text !== undefined) return void out(text);
    const all = [...value].sort((a, b) => (a.Name < b.Name ? -1 : 1));
    if (values.quiet) return void out(all.map(({ Name }) => Name).join('\n'));
    out(table([['Name', 'Description'], ...all.map(({ Name, Description }) => [Name, Description])]));
    return 0;
  },
});

export const namespaceApply = defineCommand({
  name: 'namespace apply',
  takes: '[options] <input>',
  synopsis: 'Create or update a namespace',
  flags: { description: textFlag, quota: textFlag },
  async run(call) {
    const { client, signal, values } = call;
    const input = onlyOperand(call.operands, '<input>');
    const text = await inputText(call, input);
    const options = { Name: input, Description: values.description ?? '', Quota: values.quota ?? '' };
    const body = text === undefined ? options : readNamespaceFile(input, text);
    const writing = client.write('PUT', '/v1/namespace', body, {}, signal);
    await attempt('Error applying namespace', writing);
    call.out(`Successfully applied namespace "${body.Name}"!`);
    return 0;
  },
});

export const namespaceDelete = defineCommand({
  name: 'namespace delete',
  takes: '[options] <namespace>',
  synopsis: 'Delete a namespace',
  flags: {},
  async run({ client, signal, operands, out }) {
    const name = onlyOperand(operands, '<namespace>');
    const path = `/v1/namespace/${encodeURIComponent(name)}`;
    await attempt('Error deleting namespace', client.write('DELETE', path, undefined, {}, signal));
    out(`Successfully deleted namespace "${name}"!`);
    return 0;
  },
});

export const namespaceInspect = defineCommand({
  name: 'namespace inspect',
  takes: '[options] <namespace>',
  synopsis: 'Inspect a namespace',
  flags: { t: textFlag },
  async run(call) {
    const name = onlyOperand(call.operands, '<namespace>');
    const { Hash: _hash, ...found } = await findNamespace(call, name);
    call.out(formatted({ json: true, ...call.values }, found) ?? '');
    return 0;
  },
});
