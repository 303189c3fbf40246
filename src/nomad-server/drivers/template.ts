/** Templates of a task, as far as they are plain: text, and `{{ env "NAME" }}`. Pure. */
import type { Opaque, Strings } from '../../nomad/types.ts';
import { Input } from '../jobspec/input.ts';
import { interpolate } from './task-env.ts';
import type { TaskFile } from './task-folder.ts';

export interface Rendered extends TaskFile {
  /** Its lines are variables of the task. */
  readonly isEnv: boolean;
}

/**
 * @param env     what `{{ env "NAME" }}` may name.
 * @param values  what `${…}` in the destination may name.
 * @returns why it cannot be rendered: a template that asks Consul, Vault or Nomad, or has logic of its own.
 */
export function renderTemplate(template: Opaque, env: Strings, values: Strings): Rendered | string {
  const input = new Input(template);
  const path = interpolate(input.text('DestPath'), values);
  if (input.text('SourcePath') !== '')
    return `template "${path}": only a template with inline data can be rendered here`;
  const [left, right] = [input.text('LeftDelim') || '{{', input.text('RightDelim') || '}}'];
  const [first = '', ...pieces] = input.text('EmbeddedTmpl').split(left);
  let text = first;
  for (const piece of pieces) {
    const end = piece.indexOf(right);
    const action = end < 0 ? piece : piece.slice(0, end);
    const value = end < 0 ? undefined : actionText(action.replace(/^-|-$/g, '').trim(), env);
    if (value === undefined) {
      return `template "${path}": ${left}${end < 0 ? '' : `${action}${right}`} cannot be rendered here, only plain text and ${left} env "NAME" ${right}`;
    }
    if (action.startsWith('-')) text = text.trimEnd();
    const rest = piece.slice(end + right.length);
    text += value + (action.endsWith('-') ? rest.trimStart() : rest);
  }
  const mode = Number.parseInt(input.text('Perms') || '0644', 8);
  return { path, text, mode: Number.isNaN(mode) ? 0o644 : mode, isEnv: input.flag('Envvars') };
}

/** @returns undefined for what is no plain action. A comment leaves nothing. */
function actionText(action: string, env: Strings): string | undefined {
  if (/^\/\*[\s\S]*\*\/$/.test(action)) return '';
  const [, variable] = /^env\s+["`]([^"`]+)["`]$/.exec(action) ?? [];
  return variable === undefined ? undefined : (env[variable] ?? '');
}
