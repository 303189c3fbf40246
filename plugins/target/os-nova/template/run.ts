/** What all templates of one rendering share: the output, the limits, and how a fault is told. */
import type { Bytes } from './bytes.ts';
import { maxBytes, maxDepth, maxSteps } from './limits.ts';
import { quote } from './quote.ts';
import { type Part, show } from './syntax.ts';
import type { Value } from './value.ts';

/** What went wrong while a template was rendered, in Go's words. */
export class ExecutionFault extends Error {
  override readonly name = 'ExecutionFault';
}

/** A template that is being rendered: its name, and the part at hand. */
export interface Place {
  readonly template: Bytes;
  at: Part;
}

export class Run {
  readonly #source: Bytes;
  readonly #file: Bytes;
  #output = '';
  #steps = 0;
  #depth = 0;

  /** @param file  the name that errors give. */
  constructor(source: Bytes, file: Bytes) {
    this.#source = source;
    this.#file = file;
  }

  get output(): Bytes {
    return this.#output;
  }

  write(text: Bytes, place: Place): void {
    this.#output += text;
    if (this.#output.length > maxBytes) this.fail(`output longer than ${maxBytes} bytes`, place);
  }

  /** Counts one thing done. @param handled  what it had to do with: each 100 bytes of it count as one thing more. */
  step(place: Place, handled: readonly Value[] = []): void {
    this.#steps++;
    for (const value of handled) if (typeof value === 'string') this.#steps += Math.floor(value.length / 100);
    if (this.#steps > maxSteps) this.fail(`more than ${maxSteps} steps`, place);
  }

  /** Does something that may contain more of its kind. */
  nested<T>(place: Place, work: () => T): T {
    if (this.#depth >= maxDepth) this.fail(`exceeded maximum template depth (${maxDepth})`, place);
    this.#depth++;
    const result = work();
    this.#depth--;
    return result;
  }

  fail(message: Bytes, { template, at: part }: Place): never {
    const before = this.#source.slice(0, part.at).split('\n');
    const where = `${this.#file}:${before.length}:${before.at(-1)?.length ?? 0}`;
    throw new ExecutionFault(`template: ${where}: executing ${quote(template)} at <${show(part)}>: ${message}`);
  }
}
