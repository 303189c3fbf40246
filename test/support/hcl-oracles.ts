/** Foreign HCL parsers as judges, each in a process of its own; ours beside them. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BodyNode, Expression } from '../../src/hcl/ast.ts';
import { parseHcl } from '../../src/hcl/parse.ts';
import { Source } from '../../src/lib/source.ts';
import { sharedPath } from './shared.ts';

export interface Complaint {
  readonly line: number;
  readonly column: number;
  readonly summary: string;
  readonly detail: string;
}

export interface Verdict {
  readonly ok: boolean;
  /** In the judge's order. */
  readonly complaints: readonly Complaint[];
  readonly value?: unknown;
  /** Well-formed, and yet no JSON for the judge: a block's labels are in another's way. */
  readonly unprintable?: true;
  /** The process ended over this text. */
  readonly died?: true;
}

const child = fileURLToPath(new URL('hcl-oracle-child.ts', import.meta.url));

/** Judges texts with a foreign parser. A text that ends the process is marked, and a new process goes on behind it. */
export async function judge(which: 'reference' | 'second', texts: readonly string[]): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  while (verdicts.length < texts.length) {
    const before = verdicts.length;
    await judgeSome(which, texts.slice(before), verdicts);
    if (verdicts.length < texts.length) verdicts.push({ ok: false, complaints: [], died: true });
  }
  return verdicts;
}

async function judgeSome(which: string, texts: readonly string[], verdicts: Verdict[]): Promise<void> {
  const process_ = spawn(process.execPath, [child, which], { stdio: ['pipe', 'pipe', 'ignore'] });
  process_.stdin.on('error', () => undefined);
  process_.stdin.end(texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''));
  for await (const line of createInterface({ input: process_.stdout })) {
    const answer = JSON.parse(line) as { readonly ok: boolean; readonly message?: string; readonly value?: unknown };
    if (answer.message?.includes('already exited') === true) break;
    // What was parsed and then could not be printed as JSON is no matter of syntax.
    const isSyntax = answer.ok || answer.message?.startsWith('convert') !== true;
    const ok = answer.ok || !isSyntax;
    const complaints = ok ? [] : complaintsIn(answer.message ?? '');
    verdicts.push({ ok, complaints, value: answer.value, ...(isSyntax ? {} : { unprintable: true }) });
  }
  process_.kill();
}

const complaint = /t\.hcl:(\d+),(\d+)-[\d,]+: ([^;]+); (.*?)(?= t\.hcl:\d+,\d+-[\d,]+: [^;]+; |\]$)/gs;

function complaintsIn(message: string): readonly Complaint[] {
  return Array.from(message.matchAll(complaint), ([, line, column, summary = '', detail = '']) => ({
    line: Number(line),
    column: Number(column),
    summary,
    detail,
  }));
}

/** Judges a text with our own parser. */
export function judgeOurselves(text: string): Verdict {
  const source = new Source('t.hcl', text);
  const { body, diagnostics } = parseHcl(source);
  const complaints = diagnostics.map(({ summary, detail, range }) => ({
    ...source.position(range?.start ?? 0),
    summary,
    detail,
  }));
  return {
    ok: diagnostics.length === 0,
    complaints,
    value: diagnostics.length === 0 ? bodyJson(body.node) : undefined,
  };
}

export type Disagreement = 'verdict' | 'place' | 'summary' | 'detail';

/**
 * Where two verdicts part. Ours reports errors by place, the others as they come upon them: our first error has to be
 * either their first one or the one whose place comes first. Our details may say more.
 */
export function disagreement(ours: Verdict, theirs: Verdict): Disagreement | undefined {
  if (ours.ok !== theirs.ok) return 'verdict';
  const [first] = ours.complaints;
  if (first === undefined) return undefined;
  const byPlace = theirs.complaints.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const same = [byPlace[0], theirs.complaints[0]].filter(
    (one) => one?.line === first.line && one.column === first.column,
  );
  if (same.length === 0) return 'place';
  const alike = same.filter((one) => one?.summary === first.summary);
  if (alike.length === 0) return 'summary';
  return alike.some((one) => first.detail.startsWith(one?.detail ?? '')) ? undefined : 'detail';
}

/** The corpus beside the project: every file's path and text; undefined when it is not there. */
export function corpus(): readonly { readonly path: string; readonly text: string }[] | undefined {
  const folder = sharedPath('corpus/hcl');
  if (folder === undefined) return undefined;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .filter((name) => /\.(hcl|nomad)$/.test(name))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

/** Our own texts, good and bad, that are always there. */
export function ownFixtures(): readonly { readonly path: string; readonly text: string }[] {
  const folder = fileURLToPath(new URL('../fixtures/hcl/', import.meta.url));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hcl'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

/** Stands for a value that is not written out: a call, a reference, a template. */
const unevaluated = Symbol('unevaluated');

/**
 * A body as hcl2json and hcl2-parser print it: labels as nested objects, blocks of one kind in a list. Where an attribute
 * and blocks, or blocks with more and fewer labels, meet at one name, one of them would be lost: such a name counts as not written out.
 */
function bodyJson(body: BodyNode): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const item of body.items) {
    if (item.kind === 'attribute') {
      json[item.name] = Object.hasOwn(json, item.name) ? unevaluated : valueJson(item.value);
      continue;
    }
    let at = json;
    const keys = [item.type, ...item.labels.map(({ text }) => text)];
    for (const key of keys.slice(0, -1)) {
      const next = Object.hasOwn(at, key) ? at[key] : {};
      const isLost = typeof next !== 'object' || next === null || Array.isArray(next);
      at[key] = isLost ? unevaluated : next;
      at = isLost ? {} : (next as Record<string, unknown>);
    }
    const last = keys.at(-1) ?? '';
    const list = Object.hasOwn(at, last) ? at[last] : [];
    at[last] =
      Array.isArray(list) && (list.length === 0 || isBody(list[0])) ? [...list, bodyJson(item.body)] : unevaluated;
  }
  return json;
}

function isBody(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueJson(node: Expression): unknown {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    case 'tuple':
      return node.elements.map(valueJson);
    case 'object': {
      const isPlain = node.entries.every(({ key }) => key.kind === 'literal');
      if (!isPlain) return unevaluated;
      return Object.fromEntries(
        node.entries.map(({ key, value }) => [key.kind === 'literal' ? String(key.value) : '', valueJson(value)]),
      );
    }
    default:
      return unevaluated;
  }
}

/** The path at which two printed bodies differ; values that are not written out count as equal. */
export function difference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (path === '' && theirs === undefined) return undefined;
  if (ours === unevaluated) return undefined;
  // A literal "${" is printed escaped by one of them, as in a template.
  if (typeof ours === 'string' && /[$%]\{/.test(ours)) return undefined;
  if (typeof ours !== 'object' || ours === null || typeof theirs !== 'object' || theirs === null) {
    return Object.is(ours, theirs) ? undefined : `${path}: ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}`;
  }
  const left = ours as Readonly<Record<string, unknown>>;
  const right = theirs as Readonly<Record<string, unknown>>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[key], right[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
