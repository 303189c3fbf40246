/** `nomad var put`: stores a variable. */
import { boolFlag, integerFlag, textFlag } from '../../../lib/flags.ts';
import { nomadRefusal } from '../../../nomad/client.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { keyValues } from '../cli/key-values.ts';
import { readHclFile, textOf, textsOf } from '../text/hcl-file.ts';
import { hint } from '../text/hint.ts';
import { timeOfNs } from '../text/times.ts';
import { variablePath } from './commands.ts';
import { type Variable, variableText } from './text.ts';

interface Wanted {
  readonly path: string;
  readonly items: Readonly<Record<string, string>>;
  readonly index: number;
}

export const varPut = defineCommand({
  name: 'var put',
  takes: '[options] <variable spec file reference> [<key>=<value>]...',
  synopsis: 'Create or update a variable',
  flags: {
    force: boolFlag,
    'check-index': integerFlag,
    out: textFlag,
  },
  async run(call) {
    const { values, client, signal } = call;
    const { path, items, index } = await wantedOf(call);
    const check = values['check-index'] ?? index;
    const query: Record<string, string> = values.force ? {} : { cas: String(check) };
    const url = variablePath(path);
    const body = { Namespace: call.namespace, Path: path, Items: items };
    const writing = client.write('PUT', url, body, { query }, signal).catch((error: unknown) => {
      if (nomadRefusal(error)?.status !== 409) throw error;
      throw new CommandFailure(conflictText(check, nomadRefusal(error)?.body ?? ''));
    });
    const variable = (await attempt('Error creating variable', writing)).value as Variable;
    const out = values.out ?? 'json';
    if (out !== 'none') call.out(variableText(variable, out));
    hint(call, 'variable details', `variables/var/${isFile(call.operands[0]) ? '' : path}@${variable.Namespace}`);
    return 0;
  },
});

const isFile = (operand: string | undefined): boolean => operand?.startsWith('@') ?? false;

async function wantedOf(call: AnyCall): Promise<Wanted> {
  const [first, ...rest] = call.operands;
  if (first === undefined) throw wrongUsage('Not enough arguments (expected >1, got 0)');
  const given = keyValues(rest, (pair) => new CommandFailure(`Failed to parse item: ${pair}: expected key=value`));
  if (!isFile(first)) return { path: first, items: given, index: 0 };
  const name = first.slice(1);
  const text = await call.files.read(name);
  if (text === undefined) throw new CommandFailure(`Failed to read file: open ${name}: no such file or directory`);
  const known = ['path', 'namespace', 'create_index', 'modify_index', 'create_time', 'modify_time'];
  const { attributes, blocks } = readHclFile(name, text, known, ['items', 'lock']);
  const index = Number(textOf(attributes['modify_index']) || 0);
  return { path: textOf(attributes['path']), items: { ...textsOf(blocks['items']), ...given }, index };
}

/** @param answer  the variable that is there, as JSON. */
function conflictText(index: number, answer: string): string {
  const there = JSON.parse(answer) as Variable; // the body of every 409
  const changed = timeOfNs(there.ModifyTime);
  return `
Check-and-Set conflict

    Your provided check-index (${index}) does not match the server-side index (${there.ModifyIndex}). The
    server-side item was last updated on ${changed}. If you are sure you
    want to perform this operation, add the -force or -check-index=${there.ModifyIndex} flag before
    the positional arguments.
`;
}
