/** The part of Go's templates that `-t` is used with: `{{range .}}{{.Name}} {{.Status}}{{println}}{{end}}`. */
import { isJsonObject } from '../../../lib/json.ts';
import { CommandFailure } from '../cli/command.ts';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly path: string }
  | { readonly kind: 'range' | 'if'; readonly path: string; readonly body: readonly Part[] };

/** @throws CommandFailure for what this part does not know. */
export function templateText(template: string, data: unknown): string {
  const tokens = template.split(/(\{\{.*?\}\})/s).filter((token) => token !== '');
  const { parts, rest } = partsOf(tokens, 0);
  if (rest < tokens.length) throw bad('unexpected {{end}}');
  return written(parts, data);
}

const bad = (why: string) => new CommandFailure(`template: format:1: ${why}`);

function partsOf(tokens: readonly string[], from: number): { readonly parts: readonly Part[]; readonly rest: number } {
  const parts: Part[] = [];
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    const [, action] = /^\{\{-?\s*(.*?)\s*-?\}\}$/s.exec(token) ?? [];
    const [, word, path = ''] = /^(range|if)\s+(\..*)$/.exec(action ?? '') ?? [];
    if (action === undefined) parts.push({ kind: 'text', text: token });
    else if (action === 'end') return { parts, rest: at };
    else if (action === 'println') parts.push({ kind: 'text', text: '\n' });
    else if (word === 'range' || word === 'if') {
      const inner = partsOf(tokens, at + 1);
      if (inner.rest >= tokens.length) throw bad('unexpected EOF');
      parts.push({ kind: word, path, body: inner.parts });
      at = inner.rest;
    } else if (/^(\.\w*)+$/.test(action)) parts.push({ kind: 'value', path: action });
    else throw bad(`function "${action.split(/\s/)[0]}" not defined`);
  }
  return { parts, rest: tokens.length };
}

function written(parts: readonly Part[], data: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = valueAt(part.path, data);
      if (part.kind === 'value') return plain(value);
      if (part.kind === 'if') return value ? written(part.body, data) : '';
      const items = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
      return items.map((item) => written(part.body, item)).join('');
    })
    .join('');
}

function valueAt(path: string, data: unknown): unknown {
  let at = data;
  for (const key of path.split('.').filter((one) => one !== '')) at = isJsonObject(at) ? at[key] : undefined;
  return at;
}

/** Lists and maps as Go prints them. */
function plain(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${plain(value[key])}`).join(' ')}]`;
}
