/** How a plugin's process ends, whatever ends it: `Shutdown`, a signal, the host's death, a crash. Source: spec go-plugin.md §13. */
import { type Cancel, type Clock, sleep } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { CapturedOutput } from './capture.ts';
import { HostStreams } from './control.ts';
import type { RandomBytes } from './mtls.ts';
import { withAncestors } from './process-tree.ts';

/** What a plugin needs of the world around it; only an entry point has it. */
export interface ServeWorld {
  /** The process that this program runs in. */
  readonly self: NodeJS.Process;
  readonly output: CapturedOutput;
  readonly clock: Clock;
  /** Writes JSON lines to `output.log`, every level: filtering is the host's job. */
  readonly log: Logger;
  readonly randomBytes: RandomBytes;
  /** Where sockets go, unless the host names a folder. */
  readonly tempDir: string;
}

const flushMs = 100;
const closeMs = 1_000;
const watchMs = 5_000;

/** A process that dies closes its connections first and hands its children over after that. */
const orphanedMs = 200;

const parentsOf = ({ ppid }: NodeJS.Process): string => withAncestors(ppid).join();

export class Lifetime {
  /** What only a host opens. */
  readonly streams: HostStreams;
  /** Stops serving at once and removes all sockets. Set as soon as there is something to stop. */
  stopServing: (() => void) | undefined;
  readonly #world: ServeWorld;
  readonly #close: (() => Promise<void>) | undefined;
  /** Its parent and all above: a shell may stand between a plugin and its host. */
  readonly #parents: string;
  #endWatch: Cancel | undefined;
  #isEnding = false;

  /** @param close  the program's own clean-up; it has a second. */
  constructor(world: ServeWorld, close: (() => Promise<void>) | undefined) {
    this.#world = world;
    this.#close = close;
    this.#parents = parentsOf(world.self);
    this.streams = new HostStreams(() => world.clock.after(orphanedMs, () => this.#endIfOrphaned()));
    this.#crashLikeGo();
    this.#handleSignals();
  }

  /** Ends the process: server and socket, clean-up, log, exit. Only the first call counts. */
  async end(code: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#endWatch?.();
    const { clock, log, output, self } = this.#world;
    this.stopServing?.();
    const closing = this.#close?.().catch((error: unknown) => log.error('plugin close', { error: explain(error) }));
    await Promise.race([closing, sleep(clock, closeMs)]);
    await output.flush(sleep(clock, closeMs));
    self.exit(code);
  }

  /** The answer must have left before the server goes. A host with open streams closes them once it has it. */
  shutDown(): void {
    const answered = [sleep(this.#world.clock, flushMs), ...(this.streams.isHeld ? [this.streams.ended()] : [])];
    void Promise.race(answered).then(() => this.end(0));
  }

  /** A host that is killed tells nobody, but a new parent and no streams do. */
  watchHost(): void {
    this.#endWatch = this.#world.clock.after(watchMs, () => {
      this.#endIfOrphaned();
      if (!this.#isEnding) this.watchHost();
    });
  }

  #endIfOrphaned(): void {
    if (!this.streams.isHeld && parentsOf(this.#world.self) !== this.#parents) void this.end(1);
  }

  /** An interrupt is for the host, which decides. What ends a plugin takes its socket along, and ends it by the same signal. */
  #handleSignals(): void {
    const { self, log } = this.#world;
    let interrupts = 0;
    self.on('SIGINT', () => {
      interrupts++;
      log.trace('plugin received interrupt signal, ignoring', { count: interrupts });
    });
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      self.once(signal, () => {
        this.stopServing?.();
        self.kill(self.pid, signal);
      });
    }
  }

  /** An uncaught error ends the process with what a Go host recognises as a crash report. */
  #crashLikeGo(): void {
    const { self, output } = this.#world;
    const crash = (error: unknown) => {
      const stack = error instanceof Error ? error.stack : undefined;
      output.logNow(`panic: ${explain(error)}\n\n${stack ?? ''}\n`);
      self.exit(2);
    };
    self.on('uncaughtException', crash);
    self.on('unhandledRejection', crash);
  }
}
