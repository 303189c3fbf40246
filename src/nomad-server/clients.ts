/**
 * Simulated clients: they take the allocations of their nodes, start them after a while, watch their health and
 * report. Compat: spec nomad-scheduler.md §6, §10.4, §13.
 */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Job, Task, TaskGroup } from '../nomad/types.ts';
import { type Allocation, isClientTerminal, isServerTerminal, type TaskRecord } from './allocation.ts';
import type { Commit } from './commit.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId, toMilliseconds, toTimestamp } from './identity.ts';
import { groupOf } from './scheduler/ask.ts';
import type { StateStore } from './state-store.ts';
import { exited, killed, received, scriptOf, started, unhealthy } from './task-life.ts';
import type { Timers } from './timers.ts';

export interface ClientPace {
  /** Milliseconds from the placement to running. */
  readonly startMs: number;
  /** Milliseconds from the wish to stop to the end. */
  readonly stopMs: number;
}

/** Reports of this time go out together. */
const batchMs = 50;

interface Run {
  readonly stops: Set<Cancel>;
  stopping: boolean;
  /** The deployment whose health is watched, or was told; '' outside of any. */
  watched: string | undefined;
}

type Report = (allocation: Allocation, nowMs: number) => Allocation;

export class Clients {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #pace: ClientPace;
  readonly #runs = new Map<string, Run>();
  readonly #reports = new Map<string, Report[]>();
  /** Nodes whose client stands still: their allocations neither move nor report. */
  readonly #frozen = new Set<string>();
  #batch: Cancel | undefined;

  constructor(world: World, store: StateStore, timers: Timers, pace: ClientPace) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    this.#pace = pace;
    store.onCommit((commit) => this.#hear(commit));
  }

  /** The client of this node is gone: nothing of it is heard any more. */
  freeze(nodeId: string): void {
    this.#frozen.add(nodeId);
  }

  /** The client is back and takes up what its node should run. */
  thaw(nodeId: string): void {
    this.#frozen.delete(nodeId);
    for (const allocation of this.#store.allocationsOfNode(nodeId)) this.#look(allocation);
  }

  #hear(commit: Commit): void {
    for (const { before, after } of commit.nodes) {
      if (after === undefined && before !== undefined) this.#frozen.add(before.ID);
      else if (before === undefined && after !== undefined) this.#frozen.delete(after.ID);
    }
    for (const { before, after } of commit.allocations) {
      if (after === undefined) {
        if (before !== undefined) this.#forget(before.ID);
      } else if (!this.#frozen.has(after.NodeID)) this.#look(after);
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
    else if (allocation.ClientStatus === 'running') this.#watchHealth(allocation, run);
  }

  #start(allocation: Allocation): void {
    const run: Run = { stops: new Set(), stopping: false, watched: undefined };
    this.#runs.set(allocation.ID, run);
    const receivedMs = this.#world.clock.now();
    this.#later(run, this.#pace.startMs, () => {
      this.#report(allocation.ID, (one, nowMs) =>
        withTasks(
          one,
          tasksOf(one, () => started(received(receivedMs), nowMs)),
        ),
      );
      for (const task of groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? [])
        this.#script(allocation.ID, task, run);
    });
  }

  #script(id: string, task: Task, run: Run): void {
    const { runForMs, exitCode } = scriptOf(task);
    if (runForMs !== undefined) this.#later(run, runForMs, () => this.#exit(id, task.Name, exitCode, run));
  }

  /** Restarts are counted over the whole life of the task, and mode `delay` is taken for `fail`. */
  #exit(id: string, taskName: string, exitCode: number, run: Run): void {
    this.#report(id, (allocation, nowMs) => {
      const { Job: job, TaskStates: tasks = {} } = allocation;
      const definition = groupOf(job, allocation.TaskGroup)?.Tasks.find((one) => one.Name === taskName);
      const task = tasks[taskName];
      if (definition === undefined || task === undefined || task.State === 'dead') return allocation;
      const isService = job.Type === 'service' || job.Type === 'system';
      const life = { isService, triedSince: task.Restarts, atMs: nowMs, random: this.#world.random };
      const { task: after, restartInMs } = exited(task, exitCode, definition.RestartPolicy, life);
      if (restartInMs !== undefined) this.#later(run, restartInMs, () => this.#restart(id, definition, run));
      return withTasks(allocation, { ...tasks, [taskName]: after });
    });
  }

  #restart(id: string, definition: Task, run: Run): void {
    this.#report(id, (allocation, nowMs) => {
      const task = allocation.TaskStates?.[definition.Name];
      if (task?.State !== 'pending') return allocation;
      return withTasks(allocation, { ...allocation.TaskStates, [definition.Name]: started(task, nowMs) });
    });
    this.#script(id, definition, run);
  }

  #stop(allocation: Allocation, run: Run | undefined): void {
    if (run?.stopping) return;
    const stopping = run ?? { stops: new Set<Cancel>(), stopping: true, watched: undefined };
    stopping.stopping = true;
    this.#runs.set(allocation.ID, stopping);
    for (const stop of stopping.stops) stop();
    stopping.stops.clear();
    this.#later(stopping, this.#pace.stopMs, () =>
      this.#report(allocation.ID, (one, nowMs) => ({
        ...withTasks(
          one,
          tasksOf(one, (task, was) => {
            const present = was ?? received(nowMs);
            return present.State === 'dead' ? present : killed(present, toMilliseconds(task.KillTimeout), nowMs);
          }),
        ),
      })),
    );
  }

  /** Healthy once all tasks ran for the minimum time; unhealthy at the deadline. */
  #watchHealth(allocation: Allocation, run: Run): void {
    const deployment = allocation.DeploymentID ?? '';
    const group = groupOf(allocation.Job, allocation.TaskGroup);
    const rule = deployment === '' ? group?.Migrate : group?.Update;
    if (run.watched === deployment || group === undefined || !rule || allocation.Job.Type === 'batch') return;
    if (allocation.DeploymentStatus?.Healthy != null) return;
    run.watched = deployment;
    if (rule.HealthCheck === 'manual') return;
    this.#later(run, toMilliseconds(rule.MinHealthyTime), () => this.#judge(allocation.ID, deployment));
    this.#later(run, toMilliseconds(rule.HealthyDeadline), () => this.#judge(allocation.ID, deployment, true));
  }

  #judge(id: string, deployment: string, isLast = false): void {
    this.#report(id, (one, nowMs) => {
      if ((one.DeploymentID ?? '') !== deployment || one.DeploymentStatus?.Healthy != null) return one;
      const isHealthy = one.ClientStatus === 'running' && Object.values(one.TaskStates ?? {}).every(isRunning);
      if (!isHealthy && !isLast) return one;
      const { Canary: canary = false } = one.DeploymentStatus ?? {};
      const verdict = { Healthy: isHealthy, Timestamp: toTimestamp(nowMs), Canary: canary, ModifyIndex: 0 };
      return { ...one, DeploymentStatus: verdict };
    });
  }

  #later(run: Run, ms: number, act: () => void): void {
    const stop = this.#timers.after(ms, () => {
      run.stops.delete(stop);
      act();
    });
    run.stops.add(stop);
  }

  #report(id: string, report: Report): void {
    const reports = this.#reports.get(id);
    if (reports === undefined) this.#reports.set(id, [report]);
    else reports.push(report);
    this.#batch ??= this.#timers.after(batchMs, () => this.#send());
  }

  #send(): void {
    this.#batch = undefined;
    const reports = [...this.#reports];
    this.#reports.clear();
    const nowMs = this.#world.clock.now();
    const changed: Allocation[] = [];
    for (const [id, list] of reports) {
      const before = this.#store.allocation(id);
      if (before === undefined || this.#frozen.has(before.NodeID)) continue;
      const after = judged(
        list.reduce((one, report) => report(one, nowMs), before),
        nowMs,
      );
      if (after !== before) changed.push(after);
    }
    if (changed.length === 0) return;
    this.#store.transact(nowMs, (tx) => {
      for (const one of changed) tx.putAllocation(one, 'client');
      for (const job of this.#jobsToRetry(changed)) {
        tx.putEvaluation(evaluationOf(newId(this.#world.random), job, { TriggeredBy: 'alloc-failure' }));
      }
    });
  }

  /** Jobs of which one failed that may be tried again elsewhere. */
  #jobsToRetry(changed: readonly Allocation[]): Iterable<Job> {
    const jobs = new Map<string, Job>();
    for (const one of changed) {
      const policy = groupOf(one.Job, one.TaskGroup)?.ReschedulePolicy;
      if (one.ClientStatus !== 'failed' || isServerTerminal(one) || !policy) continue;
      const job = this.#store.job(one.Namespace, one.JobID);
      const mayRetry = policy.Unlimited || policy.Attempts > 0;
      if (job !== undefined && mayRetry) jobs.set(jobKey(one.Namespace, one.JobID), job);
    }
    return jobs.values();
  }

  #forget(id: string): void {
    for (const stop of this.#runs.get(id)?.stops ?? []) stop();
    this.#runs.delete(id);
  }
}

/** A failed one is unhealthy at once. */
function judged(allocation: Allocation, nowMs: number): Allocation {
  if (allocation.ClientStatus !== 'failed' || allocation.DeploymentID === undefined) return allocation;
  if (allocation.DeploymentStatus?.Healthy != null) return allocation;
  const { Canary: canary = false } = allocation.DeploymentStatus ?? {};
  return {
    ...allocation,
    TaskStates: tasksOf(allocation, (_, was) => unhealthy(was ?? received(nowMs), nowMs)),
    DeploymentStatus: { Healthy: false, Timestamp: toTimestamp(nowMs), Canary: canary, ModifyIndex: 0 },
  };
}

const isRunning = (task: TaskRecord) => task.State === 'running' || (task.State === 'dead' && !task.Failed);

function tasksOf(
  allocation: Allocation,
  change: (task: Task, was: TaskRecord | undefined) => TaskRecord,
): Readonly<Record<string, TaskRecord>> {
  const group: TaskGroup | undefined = groupOf(allocation.Job, allocation.TaskGroup);
  return Object.fromEntries(
    (group?.Tasks ?? []).map((task) => [task.Name, change(task, allocation.TaskStates?.[task.Name])]),
  );
}

/** The allocation's status follows from its tasks'. */
function withTasks(allocation: Allocation, tasks: Readonly<Record<string, TaskRecord>>): Allocation {
  const states = Object.values(tasks);
  const after = { ...allocation, TaskStates: tasks };
  if (states.some((task) => task.State === 'dead' && task.Failed)) {
    return { ...after, ClientStatus: 'failed', ClientDescription: 'Failed tasks' };
  }
  if (states.some((task) => task.State === 'running')) {
    return { ...after, ClientStatus: 'running', ClientDescription: 'Tasks are running' };
  }
  if (states.some((task) => task.State === 'pending')) {
    return { ...after, ClientStatus: 'pending', ClientDescription: 'No tasks have started' };
  }
  return { ...after, ClientStatus: 'complete', ClientDescription: 'All tasks have completed' };
}
