/**
 * The clients of the nodes: they take the allocations of their nodes, have them run and watch their health; what they
 * report goes out by `client-reports.ts`. Compat: spec nomad-scheduler.md §6, §10.4, §13.
 */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Node } from '../nomad/node-types.ts';
import { judge, judgeAtDeadline, watchOf } from './alloc-health.ts';
import { type Allocation, isClientTerminal, isServerTerminal } from './allocation.ts';
import type { AllocationFiles } from './allocation-files.ts';
import { ClientReports } from './client-reports.ts';
import { comesBack, endedWithNode } from './client-tasks.ts';
import type { Commit } from './commit.ts';
import type { RealTasks } from './drivers/real-tasks.ts';
import type { TaskUsage } from './drivers/usage-meter.ts';
import type { Execution, RunHooks } from './execution.ts';
import { toMilliseconds } from './identity.ts';
import type { Load } from './load.ts';
import { groupOf } from './scheduler/ask.ts';
import { type ClientPace, SimulatedTasks } from './simulated-tasks.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';
import { coreMhz } from './usage.ts';

interface Run {
  readonly hooks: RunHooks;
  readonly stops: Set<Cancel>;
  stopping: boolean;
  /** Its processes ended with the power of their node. */
  isCut: boolean;
  /** The deployment whose health is watched, or was told; '' outside of any. */
  watched: string | undefined;
  /** The deployment whose deadline is awaited. */
  deadlineOf: string | undefined;
}

export interface ClientParts {
  readonly world: World;
  readonly store: StateStore;
  readonly timers: Timers;
  readonly pace: ClientPace;
  /** Without it nothing is ever started. */
  readonly real?: RealTasks | undefined;
}

export class Clients {
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #pace: ClientPace;
  readonly #simulated: SimulatedTasks;
  readonly #real: RealTasks | undefined;
  readonly #runs = new Map<string, Run>();
  readonly #reports: ClientReports;
  /** Nodes whose client stands still: their allocations neither move nor report. */
  readonly #frozen = new Set<string>();
  /** Allocations of which the client keeps nothing any more. */
  readonly #collected = new Set<string>();

  constructor({ world, store, timers, pace, real }: ClientParts) {
    this.#store = store;
    this.#timers = timers;
    this.#pace = pace;
    this.#real = real;
    this.#simulated = new SimulatedTasks(world, timers, pace);
    this.#reports = new ClientReports({
      ...{ world, store, timers, pace },
      isHeard: (one) => !this.#frozen.has(one.NodeID),
      onChange: (one) => this.#look(one),
    });
    store.onCommit((commit) => this.#hear(commit));
  }

  /** The client of this node is gone: nothing of it is heard any more, and what it really ran has ended with it. */
  freeze(nodeId: string): void {
    this.#frozen.add(nodeId);
    if (this.#real === undefined) return;
    this.#real.cut(nodeId);
    for (const one of this.#store.allocationsOfNode(nodeId)) {
      const run = this.#runs.get(one.ID);
      if (run !== undefined && this.#real.takes(one)) run.isCut = true;
    }
  }

  /** The client is back and takes up what its node should run. Nobody heard what became of it meanwhile. */
  thaw(nodeId: string): void {
    if (!this.#frozen.delete(nodeId)) return;
    this.#reports.begin(nodeId);
    for (const allocation of this.#store.allocationsOfNode(nodeId)) {
      const run = this.#runs.get(allocation.ID);
      if (run !== undefined && (run.isCut || isServerTerminal(allocation))) run.stopping = false;
      else this.#forget(allocation);
      this.#look(allocation);
    }
  }

  /** Resolves once those of the wanted tasks that run have ended. */
  async restart(allocation: Allocation, isWanted: (task: string) => boolean, reason: string): Promise<void> {
    if (this.#runs.get(allocation.ID)?.stopping === false) {
      await this.#executionOf(allocation).restart(allocation, isWanted, reason);
    }
  }

  signal(allocation: Allocation, isWanted: (task: string) => boolean, name: string): void {
    if (this.#runs.get(allocation.ID)?.stopping === false) {
      this.#executionOf(allocation).signal(allocation, isWanted, name);
    }
  }

  filesOf(allocation: Allocation): AllocationFiles {
    const { ID: id } = allocation;
    return this.#executionOf(allocation).filesOf(id, () => this.#store.allocation(id) ?? allocation);
  }

  /** What an allocation of real tasks uses; undefined for one that only pretends to run. */
  measured(allocation: Allocation): Load | undefined {
    if (this.#real === undefined || !this.#real.takes(allocation)) return undefined;
    return this.#real.loadOf(allocation.ID, coreMhz(this.#store.node(allocation.NodeID)));
  }

  /** By task, with the processes; undefined for one that only pretends to run. */
  usageOf(allocation: Allocation): ReadonlyMap<string, TaskUsage> | undefined {
    return this.#real?.takes(allocation) ? this.#real.usageOf(allocation.ID) : undefined;
  }

  /** The client clears away what it keeps of an allocation that is over. */
  collect(allocation: Allocation): void {
    if (!isClientTerminal(allocation) || this.#collected.has(allocation.ID)) return;
    this.#collected.add(allocation.ID);
    this.#executionOf(allocation).forget(allocation.ID);
  }

  hasCollected(id: string): boolean {
    return this.#collected.has(id);
  }

  #executionOf(allocation: Allocation): Execution {
    return this.#real?.takes(allocation) ? this.#real : this.#simulated;
  }

  #hear(commit: Commit): void {
    for (const { before, after } of commit.nodes) {
      if (after === undefined && before !== undefined) this.freeze(before.ID);
      else if (before === undefined && after !== undefined) {
        if (isGone(after)) this.#frozen.add(after.ID);
        else this.#frozen.delete(after.ID);
        this.#reports.begin(after.ID);
      }
    }
    for (const { before, after } of commit.allocations) {
      if (after === undefined) {
        if (before !== undefined) this.#remove(before);
      } else if (!this.#frozen.has(after.NodeID)) this.#look(this.#reports.view(after));
    }
  }

  #look(allocation: Allocation): void {
    const run = this.#runs.get(allocation.ID);
    if (isClientTerminal(allocation) && !(allocation.ClientStatus === 'lost' && run !== undefined)) {
      this.#forget(allocation);
      return;
    }
    if (isServerTerminal(allocation)) this.#stop(allocation, run);
    else if (run === undefined) this.#start(allocation);
    else if (allocation.ClientStatus === 'unknown' || run.isCut) this.#return(allocation, run);
    else if (allocation.ClientStatus === 'running') this.#watchHealth(allocation, run);
  }

  /** Its client was away. What was pretended went on meanwhile, what was real has to start anew. */
  #return(allocation: Allocation, run: Run): void {
    if (!run.isCut) {
      this.#reports.add(allocation.ID, comesBack);
      return;
    }
    this.#forget(allocation);
    this.#start(allocation);
  }

  #newRun(id: string): Run {
    const run: Run = {
      hooks: {
        report: (report) => this.#reports.add(id, report),
        onRestart: () => {
          run.watched = undefined; // they have to run for the minimum time anew
        },
      },
      ...{ stops: new Set<Cancel>(), stopping: false, isCut: false, watched: undefined, deadlineOf: undefined },
    };
    this.#runs.set(id, run);
    return run;
  }

  /** Takes it up, new or as another life of this client left it. */
  #start(allocation: Allocation): void {
    const run = this.#newRun(allocation.ID);
    const execution = this.#executionOf(allocation);
    execution.start(allocation, run.hooks);
    this.#later(run, this.#pace.startMs, () => this.#watchDeadline(allocation, run));
    if (allocation.ClientStatus === 'unknown') this.#reports.add(allocation.ID, comesBack);
    if (allocation.ClientStatus === 'running') this.#watchHealth(allocation, run);
    const longestMs = toMilliseconds(groupOf(allocation.Job, allocation.TaskGroup)?.MaxRunDuration ?? 0);
    if (longestMs === 0) return;
    const why = 'allocation exceeded max_run_duration';
    const leftMs = longestMs - ranMs(allocation, this.#timers.now());
    this.#later(run, this.#pace.startMs + leftMs, () => execution.end(allocation, run.hooks, why));
  }

  #stop(allocation: Allocation, known: Run | undefined): void {
    if (known?.stopping) return;
    const run = known ?? this.#newRun(allocation.ID);
    run.stopping = true;
    for (const stop of run.stops) stop();
    run.stops.clear();
    if (run.isCut) this.#reports.add(allocation.ID, endedWithNode);
    else if (known === undefined) this.#simulated.end(allocation, run.hooks);
    else this.#executionOf(allocation).end(allocation, run.hooks);
  }

  /** Healthy once all tasks ran for the minimum time. */
  #watchHealth(allocation: Allocation, run: Run): void {
    const watch = watchOf(allocation, this.#pace.healthyMs);
    if (watch === undefined || run.watched === watch.deployment) return;
    run.watched = watch.deployment;
    const isNew = allocation.DeploymentID !== undefined && run.deadlineOf !== watch.deployment;
    if (isNew) this.#watchDeadline(allocation, run);
    this.#later(run, watch.minHealthyMs, () =>
      this.#reports.add(allocation.ID, (one, nowMs) => judge(one, watch, nowMs)),
    );
  }

  #watchDeadline(allocation: Allocation, run: Run): void {
    const watch = watchOf(allocation, this.#pace.healthyMs);
    if (watch === undefined) return;
    run.deadlineOf = watch.deployment;
    this.#later(run, watch.deadlineMs, () =>
      this.#reports.add(allocation.ID, (one, nowMs) => judgeAtDeadline(one, watch, nowMs)),
    );
  }

  #later(run: Run, ms: number, act: () => void): void {
    const stop = this.#timers.after(ms, () => {
      run.stops.delete(stop);
      act();
    });
    run.stops.add(stop);
  }

  /** Nothing moves any more; what really ran comes to its end by itself, and its files stay. */
  #forget({ ID: id }: Allocation): void {
    for (const stop of this.#runs.get(id)?.stops ?? []) stop();
    this.#runs.delete(id);
    this.#simulated.forget(id);
  }

  #remove(allocation: Allocation): void {
    this.#forget(allocation);
    this.#collected.delete(allocation.ID);
    this.#real?.forget(allocation.ID);
  }
}

const isGone = ({ Status: status }: Node) => status === 'down' || status === 'disconnected';

/** Milliseconds since the first of its tasks began; 0 when none did. */
function ranMs({ TaskStates: tasks = {} }: Allocation, nowMs: number): number {
  const starts = Object.values(tasks).flatMap(({ StartedAt: at }) => (at === null ? [] : [Date.parse(at)]));
  return starts.length === 0 ? 0 : Math.max(nowMs - Math.min(...starts), 0);
}
