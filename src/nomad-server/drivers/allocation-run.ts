/** The tasks of one allocation in their order: what precedes the main tasks, follows their start, and follows their end. */
import { type Clock, sleep } from '../../lib/clock.ts';
import type { TaskRecord } from '../allocation.ts';
import { leaderDead, mainTasksDead, siblingFailed } from '../task-events.ts';
import { hookOf, isSidecar } from '../task-life.ts';
import type { Ending, TaskRun } from './task-run.ts';

/** Changes the record of one task, as of now. */
export type TellTask = (task: string, change: (record: TaskRecord, atMs: number) => TaskRecord) => void;

export class AllocationRun {
  readonly nodeId: string;
  /** Once every task is over. */
  readonly over: Promise<void>;
  readonly #runs: readonly TaskRun[];
  readonly #tell: TellTask;
  readonly #clock: Clock;
  /** Ends the wait before everything is ended. */
  readonly #hurry = new AbortController();
  #isEnding = false;
  #isCut = false;

  /** @param runs  in the order of the group; none has begun. */
  constructor(nodeId: string, runs: readonly TaskRun[], tell: TellTask, clock: Clock) {
    this.nodeId = nodeId;
    this.#runs = runs;
    this.#tell = tell;
    this.#clock = clock;
    this.over = this.#live().finally(() => this.#hurry.abort());
  }

  /** By task: the groups of processes that run now. */
  get groups(): ReadonlyMap<string, number> {
    const running = this.#runs.flatMap(({ task, group }) => (group ? [[task.Name, group] as const] : []));
    return new Map(running);
  }

  /** The leader first, sidecars last; then what is to follow the end of the main tasks. @param delayMs  before all that. */
  async end(delayMs: number, ending: Ending = {}): Promise<void> {
    if (this.#isEnding) return this.over;
    this.#isEnding = true;
    if (delayMs > 0 && !ending.skipsDelay) await this.#wait(delayMs);
    await this.#endAll(this.#before, ending);
    return this.over;
  }

  /** Resolves once those that ran have ended. */
  async restart(isWanted: (task: string) => boolean, reason: string): Promise<void> {
    await Promise.all(this.#runs.filter(({ task }) => isWanted(task.Name)).map((run) => run.restart(reason)));
  }

  signal(isWanted: (task: string) => boolean, name: string): void {
    for (const run of this.#runs) if (isWanted(run.task.Name)) run.signal(name);
  }

  /** A power cut. */
  cut(): void {
    this.#isEnding = true;
    this.#isCut = true;
    this.#hurry.abort();
    for (const run of this.#runs) run.cut();
  }

  /** Ends it without a word, without delays, and without what is to follow. Resolves when it is over. */
  async leave(): Promise<void> {
    this.#isCut = true;
    this.#hurry.abort();
    for (const run of this.#runs) run.mute();
    await Promise.all(this.#runs.map((run) => run.end({ skipsDelay: true })));
    return this.over;
  }

  async #wait(ms: number): Promise<void> {
    try {
      await sleep(this.#clock, ms, this.#hurry.signal);
    } catch {
      // nobody waits any longer
    }
  }

  async #live(): Promise<void> {
    for (const run of this.#runs) this.#watch(run);
    const of = (hook: string) => this.#runs.filter(({ task }) => hookOf(task) === hook);
    const [prestart, main, poststart, poststop] = [of('prestart'), of('main'), of('poststart'), of('poststop')];
    begin(prestart);
    await Promise.all(prestart.map((run) => (isSidecar(run.task) ? run.started : run.over)));
    const hasMain = !this.#isEnding;
    if (hasMain) {
      begin(main);
      await Promise.all(main.map((run) => run.started));
    }
    if (!this.#isEnding) begin(poststart);
    await Promise.all(main.map((run) => run.over));
    if (!this.#isEnding) {
      const idle = this.#before.filter((run) => isSidecar(run.task) && !run.isOver);
      for (const { task } of idle) this.#tell(task.Name, mainTasksDead);
      await this.#endAll(idle, {});
    }
    await Promise.all(this.#before.map((run) => run.over));
    if (hasMain && !this.#isCut) begin(poststop);
    else await this.#endAll(poststop, {});
    await Promise.all(poststop.map((run) => run.over));
  }

  /** All but what follows the end. */
  get #before(): readonly TaskRun[] {
    return this.#runs.filter(({ task }) => hookOf(task) !== 'poststop');
  }

  /** One that fails, and a leader that is over, takes the others with it. */
  #watch(run: TaskRun): void {
    void run.over.then(() => {
      const { Name: name, Leader: isLeader } = run.task;
      if (this.#isEnding || hookOf(run.task) === 'poststop' || !(run.hasFailed || isLeader)) return;
      this.#isEnding = true;
      const others = this.#before.filter((other) => other !== run && !other.isOver);
      for (const { task } of others) {
        this.#tell(task.Name, (record, atMs) =>
          run.hasFailed ? siblingFailed(record, name, atMs) : leaderDead(record, atMs),
        );
      }
      void this.#endAll(others, {});
    });
  }

  async #endAll(runs: readonly TaskRun[], ending: Ending): Promise<void> {
    const isLeader = ({ task }: TaskRun) => task.Leader;
    const end = (some: readonly TaskRun[]) => Promise.all(some.map((run) => run.end(ending)));
    await end(runs.filter(isLeader));
    await end(runs.filter((run) => !isLeader(run) && !isSidecar(run.task)));
    await end(runs.filter((run) => !isLeader(run) && isSidecar(run.task)));
  }
}

function begin(runs: readonly TaskRun[]): void {
  for (const run of runs) run.begin();
}
