/**
 * Simulated clients: they take the allocations of their nodes, start them after a while and watch their health; what
 * they report goes out by `client-reports.ts`. Compat: spec nomad-scheduler.md §6, §10.4, §13.
 */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Task } from '../nomad/types.ts';
import { judge, judgeAtDeadline, watchOf } from './alloc-health.ts';
import { type Allocation, isClientTerminal, isServerTerminal } from './allocation.ts';
import type { LookPace } from './client-looks.ts';
import { ClientReports } from './client-reports.ts';
import { begun, comesBack, ended, restartedTasks, tasksOf, withoutIdleSidecars, withTasks } from './client-tasks.ts';
import type { Commit } from './commit.ts';
import { toMilliseconds } from './identity.ts';
import { groupOf } from './scheduler/ask.ts';
import type { StateStore } from './state-store.ts';
import { exited, received, scriptOf } from './task-life.ts';
import type { Timers } from './timers.ts';

export interface ClientPace extends LookPace {
  /** Milliseconds from the placement to running. */
  readonly startMs: number;
  /** Milliseconds from the wish to stop to the end. */
  readonly stopMs: number;
  /** Milliseconds after which an allocation counts as healthy at the latest, whatever its job says; no limit without. */
  readonly healthyMs?: number | undefined;
}

interface Run {
  readonly stops: Set<Cancel>;
  stopping: boolean;
  /** The deployment whose health is watched, or was told; '' outside of any. */
  watched: string | undefined;
  /** The deployment whose deadline is awaited. */
  deadlineOf: string | undefined;
  readonly receivedMs: number;
  /** By task: restarts in the present interval of its policy, and when that ends (epoch milliseconds). */
  readonly windows: Map<string, RestartWindow>;
  /** By task: how often it started. */
  readonly starts: Map<string, number>;
}

interface RestartWindow {
  tries: number;
  endMs: number;
}

const newRun = (receivedMs: number): Run => ({
  ...{ stops: new Set(), stopping: false, watched: undefined, deadlineOf: undefined },
  ...{ receivedMs, windows: new Map(), starts: new Map() },
});

/** The first interval begins with the allocation, each later one when the one before it is over. */
function windowOf(run: Run, task: string, intervalMs: number, nowMs: number): RestartWindow {
  const known = run.windows.get(task) ?? { tries: 0, endMs: run.receivedMs + intervalMs };
  const window = nowMs < known.endMs ? known : { tries: 0, endMs: nowMs + intervalMs };
  run.windows.set(task, window);
  return window;
}

export class Clients {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #pace: ClientPace;
  readonly #runs = new Map<string, Run>();
  readonly #reports: ClientReports;
  /** Nodes whose client stands still: their allocations neither move nor report. */
  readonly #frozen = new Set<string>();

  constructor(world: World, store: StateStore, timers: Timers, pace: ClientPace) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    this.#pace = pace;
    this.#reports = new ClientReports({
      ...{ world, store, timers, pace },
      isHeard: (one) => !this.#frozen.has(one.NodeID),
      onChange: (one) => this.#look(one),
    });
    store.onCommit((commit) => this.#hear(commit));
  }

  /** The client of this node is gone: nothing of it is heard any more. */
  freeze(nodeId: string): void {
    this.#frozen.add(nodeId);
  }

  /** The client is back and takes up what its node should run. */
  thaw(nodeId: string): void {
    this.#frozen.delete(nodeId);
    this.#reports.begin(nodeId);
    for (const allocation of this.#store.allocationsOfNode(nodeId)) this.#look(this.#reports.view(allocation));
  }

  #hear(commit: Commit): void {
    for (const { before, after } of commit.nodes) {
      if (after === undefined && before !== undefined) this.#frozen.add(before.ID);
      else if (before === undefined && after !== undefined) {
        this.#frozen.delete(after.ID);
        this.#reports.begin(after.ID);
      }
    }
    for (const { before, after } of commit.allocations) {
      if (after === undefined) {
        if (before !== undefined) this.#forget(before.ID);
      } else if (!this.#frozen.has(after.NodeID)) this.#look(this.#reports.view(after));
    }
  }

  #look(allocation: Allocation): void {
    if (isClientTerminal(allocation) && !(allocation.ClientStatus === 'lost' && this.#runs.has(allocation.ID))) {
      this.#forget(allocation.ID);
      return;
    }
    const run = this.#runs.get(allocation.ID);
    if (isServerTerminal(allocation)) this.#stop(allocation, run);
    else if (run === undefined) this.#start(allocation);
    else if (allocation.ClientStatus === 'unknown') this.#reports.add(allocation.ID, comesBack);
    else if (allocation.ClientStatus === 'running') this.#watchHealth(allocation, run);
  }

  #start(allocation: Allocation): void {
    const { ID: id } = allocation;
    const receivedMs = this.#world.clock.now();
    const run = newRun(receivedMs);
    this.#runs.set(id, run);
    const group = groupOf(allocation.Job, allocation.TaskGroup);
    this.#later(run, this.#pace.startMs, () => {
      const isBlocked = (task: Task) => scriptOf(task).startBlockMs > 0;
      this.#reports.add(id, (one, nowMs) =>
        withTasks(
          one,
          tasksOf(one, (task) => (isBlocked(task) ? received(receivedMs) : begun(task, received(receivedMs), nowMs))),
        ),
      );
      for (const task of group?.Tasks ?? []) {
        if (!isBlocked(task)) this.#script(id, task, run);
        else this.#later(run, scriptOf(task).startBlockMs, () => this.#restart(id, task, run));
      }
      this.#watchDeadline(allocation, run);
    });
    const longestMs = toMilliseconds(group?.MaxRunDuration ?? 0);
    if (longestMs === 0) return;
    const why = 'allocation exceeded max_run_duration';
    this.#later(run, this.#pace.startMs + longestMs, () =>
      this.#reports.add(id, (one, nowMs) => ended(one, nowMs, why)),
    );
  }

  /** Only the latest start of a task ends it. */
  #script(id: string, task: Task, run: Run): void {
    const { runForMs, exitCode } = scriptOf(task);
    if (runForMs === undefined) return;
    const start = (run.starts.get(task.Name) ?? 0) + 1;
    run.starts.set(task.Name, start);
    this.#later(run, runForMs, () => {
      if (run.starts.get(task.Name) === start) this.#exit(id, task.Name, exitCode, run);
    });
  }

  /** Ends tasks and starts them anew, because somebody asked for it. @param why  told in their events. */
  restart({ ID: id, Job: job, TaskGroup: group }: Allocation, isWanted: (task: string) => boolean, why: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.stopping) return;
    this.#later(run, this.#pace.stopMs, () => {
      run.watched = undefined; // they have to run for the minimum time anew
      this.#reports.add(id, (one, nowMs) => restartedTasks(one, isWanted, why, nowMs));
      for (const task of groupOf(job, group)?.Tasks ?? []) if (isWanted(task.Name)) this.#script(id, task, run);
    });
  }

  #exit(id: string, taskName: string, exitCode: number, run: Run): void {
    this.#reports.add(id, (allocation, nowMs) => {
      const { Job: job, TaskStates: tasks = {} } = allocation;
      const definition = groupOf(job, allocation.TaskGroup)?.Tasks.find((one) => one.Name === taskName);
      const task = tasks[taskName];
      if (definition === undefined || task === undefined || task.State === 'dead') return allocation;
      const { RestartPolicy: policy } = definition;
      const window = windowOf(run, taskName, toMilliseconds(policy.Interval), nowMs);
      const isService = job.Type === 'service' || job.Type === 'system';
      const { task: after, restartInMs } = exited(task, exitCode, policy, {
        ...{ isService, triedSince: window.tries, windowEndMs: window.endMs },
        ...{ atMs: nowMs, random: this.#world.random },
      });
      if (restartInMs !== undefined) {
        window.tries++;
        this.#later(run, restartInMs, () => this.#restart(id, definition, run));
      }
      return withoutIdleSidecars(withTasks(allocation, { ...tasks, [taskName]: after }), nowMs);
    });
  }

  #restart(id: string, definition: Task, run: Run): void {
    this.#reports.add(id, (allocation, nowMs) => {
      const task = allocation.TaskStates?.[definition.Name];
      if (task?.State !== 'pending') return allocation;
      run.watched = undefined; // it has to run for the minimum time anew
      return withTasks(allocation, { ...allocation.TaskStates, [definition.Name]: begun(definition, task, nowMs) });
    });
    this.#script(id, definition, run);
  }

  #stop(allocation: Allocation, run: Run | undefined): void {
    if (run?.stopping) return;
    const stopping = run ?? newRun(this.#world.clock.now());
    stopping.stopping = true;
    this.#runs.set(allocation.ID, stopping);
    for (const stop of stopping.stops) stop();
    stopping.stops.clear();
    this.#later(stopping, this.#pace.stopMs, () => this.#reports.add(allocation.ID, ended));
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

  #forget(id: string): void {
    for (const stop of this.#runs.get(id)?.stops ?? []) stop();
    this.#runs.delete(id);
  }
}
