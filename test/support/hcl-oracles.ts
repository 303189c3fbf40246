/** Foreign HCL parsers as judges, each in a process of its own; ours beside them. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseHcl } from '../../src/hcl/parse.ts';
import { Source } from '../../src/lib/source.ts';
import { sharedPath } from './shared.ts';

/** The first error of a text, by its place. */
export interface Complaint {
  readonly line: number;
  readonly column: number;
  readonly summary: string;
  readonly detail: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly first?: Complaint;
  readonly value?: unknown;
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
    if (verdicts.length < texts.length) verdicts.push({ ok: false, died: true });
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
    const first = answer.message === undefined ? undefined : firstComplaint(answer.message);
    verdicts.push({ ok: answer.ok, ...(first && { first }), ...(answer.ok && { value: answer.value }) });
  }
  process_.kill();
}

const complaint = /t\.hcl:(\d+),(\d+)-[\d,]+: ([^;]+); (.*?)(?= t\.hcl:\d+,\d+-[\d,]+: [^;]+; |\]$)/gs;

function firstComplaint(message: string): Complaint | undefined {
  const found = Array.from(message.matchAll(complaint), ([, line, column, summary = '', detail = '']) => ({
    line: Number(line),
    column: Number(column),
    summary,
    detail,
  }));
  return found.sort((a, b) => a.line - b.line || a.column - b.column)[0];
}

/** Judges a text with our own parser. */
export function judgeOurselves(text: string): Verdict {
  const { diagnostics } = parseHcl(new Source('t.hcl', text));
  const [first] = diagnostics;
  if (first?.range === undefined) return { ok: diagnostics.length === 0 };
  const { line, column } = first.range.source.position(first.range.start);
  return { ok: false, first: { line, column, summary: first.summary, detail: first.detail } };
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
