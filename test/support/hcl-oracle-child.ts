/**
 * A process of its own for foreign HCL parsers: they change globals, hang on to memory and can end the process. Reads lines of JSON
 * (`{ id, text }`) and writes one line for each: `{ id, ok, message?, value? }`. The argument says which parser.
 */
import { createInterface } from 'node:readline';

type Judge = (text: string) => Promise<{ readonly ok: boolean; readonly message?: string; readonly value?: unknown }>;

/** HashiCorp's HCL 2.23 as WebAssembly: judges, and says where and why. */
async function reference(): Promise<Judge> {
  const { parse } = await import('@cdktn/hcl2json');
  return async (text) => {
    try {
      return { ok: true, value: await parse('t.hcl', text) };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** HashiCorp's HCL 2.10 as JavaScript: judges without a word. */
async function second(): Promise<Judge> {
  const loaded: unknown = await import('hcl2-parser');
  const parser = loaded as { readonly default: { parseToObject(text: string): readonly [unknown, unknown] } };
  return async (text) => {
    const [value] = parser.default.parseToObject(text);
    return value === null ? { ok: false } : { ok: true, value: Array.isArray(value) ? value[0] : value };
  };
}

const judge = await (process.argv[2] === 'second' ? second() : reference());
for await (const line of createInterface({ input: process.stdin })) {
  const { id, text } = JSON.parse(line) as { readonly id: number; readonly text: string };
  process.stdout.write(`${JSON.stringify({ id, ...(await judge(text)) })}\n`);
}
process.exit(0);
