/** Variables as `nomad var` prints them. */
import type { Strings } from '../../../nomad/types.ts';
import { CommandFailure } from '../cli/command.ts';
import { pairs } from '../text/columns.ts';
import { timeOfNs } from '../text/times.ts';

export interface Variable {
  readonly Namespace: string;
  readonly Path: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
  readonly Items?: Strings | null;
}

/** @param format  `json` or `table`. @throws CommandFailure for any other. */
export function variableText(variable: Variable, format: string): string {
  const { Namespace, Path, CreateIndex, ModifyIndex, CreateTime, ModifyTime } = variable;
  const items = Object.entries(variable.Items ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (format === 'json') {
    const all = { Namespace, Path, CreateIndex, ModifyIndex, CreateTime, ModifyTime };
    return JSON.stringify({ ...all, Items: items.length === 0 ? null : Object.fromEntries(items) }, null, 2);
  }
  if (format !== 'table') throw new CommandFailure(`Invalid value for "-out": "${format}"`);
  const head = pairs([
    ['Namespace', Namespace],
    ['Path', Path],
    ['Create Time', timeOfNs(CreateTime)],
    ...(ModifyTime === CreateTime ? [] : [['Modify Time', timeOfNs(ModifyTime)] as const]),
    ['Check Index', String(ModifyIndex)],
  ]);
  return `${head}\n\nItems\n${pairs(items)}`;
}
