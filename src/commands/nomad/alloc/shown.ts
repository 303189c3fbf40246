/** Writes what a file or a log holds: all of it, its end, or what still comes. */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import type { CallOptions } from '../../../nomad/client.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { frameReader } from './frames.ts';

export const shownFlags = { tail: boolFlag, n: integerFlag, c: integerFlag, f: boolFlag };

/** What of it is wanted. */
export interface Wish {
  readonly tail?: boolean | undefined;
  /** Last lines. */
  readonly n?: number | undefined;
  /** Last bytes. */
  readonly c?: number | undefined;
  /** Goes on. */
  readonly f?: boolean | undefined;
}

type Request = readonly [path: string, options: CallOptions];

export interface Readable {
  /** Leads the error. */
  readonly doing: string;
  readonly whole: Request;
  /** Answers in frames. @param offset  bytes that are passed over. */
  readonly follow: (offset: number) => Request;
}

export async function show(call: AnyCall, wish: Wish, readable: Readable): Promise<void> {
  const isCut = wish.tail || wish.n !== undefined || wish.c !== undefined;
  const text = wish.f && !isCut ? '' : await textOf(call, readable);
  call.stdout(isCut ? ending(text, wish.n ?? 10, wish.c) : text);
  if (wish.f) await followOn(call, readable, Buffer.byteLength(text));
}

async function textOf({ client, signal }: AnyCall, { doing, whole: [path, options] }: Readable): Promise<string> {
  return (await attempt(doing, client.text(path, { ...options, long: true }, signal))).value;
}

/** Writes what comes, until the allocation is over or somebody interrupts. */
async function followOn({ client, signal, stdout }: AnyCall, { doing, follow }: Readable, offset: number) {
  const [path, options] = follow(offset);
  try {
    await attempt(doing, client.stream(path, options, frameReader(stdout), signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The last lines, or the last bytes when those are asked for. */
function ending(text: string, lines: number, bytes: number | undefined): string {
  if (bytes !== undefined) return text.slice(-bytes);
  return text
    .split(/(?<=\n)/)
    .slice(-lines)
    .join('');
}
