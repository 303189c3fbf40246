/** The log of an agent while a plugin floods it: lines as they come, the flood itself only counted. */
import type { ChildProcess } from 'node:child_process';

/** What the flooding plugin prints; see faulty-plugin-main.ts. */
const flood = 'x'.repeat(100);

export class LogLines {
  readonly #lines: string[] = [];
  #rest = '';
  readonly #waiting = new Set<(line: string | undefined) => void>();
  /** Bytes of the flood that reached the log. */
  floodBytes = 0;

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    stderr?.once('close', () => this.#wake(undefined));
  }

  /** Waits for a line that fits, from the first on. */
  line(pattern: RegExp, timeoutMs = 20_000): Promise<string> {
    const known = this.#lines.find((line) => pattern.test(line));
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        finish();
      };
      const fail = (why: string) => () => reject(new Error(`no line ${pattern} ${why}\n${this.text().slice(-4000)}`));
      const timer = setTimeout(() => settle(fail(`within ${timeoutMs} ms`)), timeoutMs);
      const look = (line: string | undefined) => {
        if (line === undefined) settle(fail('before the end'));
        else if (pattern.test(line)) settle(() => resolve(line));
      };
      this.#waiting.add(look);
    });
  }

  /** All lines but the flood. */
  text(): string {
    return this.#lines.join('\n');
  }

  /** When policies reached a decision, epoch milliseconds. @param names  by id. */
  ticks(names: ReadonlyMap<string, string>, wanted: readonly string[]) {
    const at = new Map<string, number[]>(wanted.map((name) => [name, []]));
    for (const line of this.#lines) {
      if (!line.includes('calculating scaling target')) continue;
      const name = names.get(/policy_id=(\S+)/.exec(line)?.[1] ?? '') ?? '';
      at.get(name)?.push(Date.parse(line.slice(0, line.indexOf(' '))));
    }
    return [...at].map(([name, times]) => ({ name, at: times }));
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes(flood)) {
        this.floodBytes += line.length + 1;
        continue;
      }
      this.#lines.push(line);
      this.#wake(line);
    }
  }

  #wake(line: string | undefined): void {
    for (const look of [...this.#waiting]) look(line);
  }
}
