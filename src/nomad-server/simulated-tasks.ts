/** Tasks that only pretend to run: they start after a while, and end when their script says so or when they are told to. */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Task } from '../nomad/types.ts';
import type { Allocation, TaskRecord } from './allocation.ts';
import type { AllocationFiles } from './allocation-files.ts';
import { isToFollow, mayStart, readyTasks, settled } from './client-lifecycle.ts';
import type { LookPace } from './client-looks.ts';
import { begun, changeRunning, ended, runningTasks, tasksOf, withTasks } from './client-tasks.ts';
import type { Execution, RunHooks } from './execution.ts';
import { toMilliseconds } from './identity.ts';
import { RestartWindows } from './restart-windows.ts';
import { groupOf } from './scheduler/ask.ts';
import { deafForMs, endOnSignal } from './shell-script.ts';
import { signalNamed } from './signals.ts';
import { received, restartSignaled, signaling, type TaskEnd } from './task-events.ts';
import { simulatedFiles } from './task-files.ts';
import { hasProcess, isServiceTask, judged, restartsByHand, scriptOf, verdictOf } from './task-life.ts';
import type { Timers } from './timers.ts';

export interface ClientPace extends LookPace {
  /** Milliseconds from the placement to running. */
  readonly startMs: number;
  /** Milliseconds from the wish to stop to the end. */
  readonly stopMs: number;
  /** Milliseconds after which an allocation counts as healthy at the latest, whatever its job says; no limit without. */
  readonly healthyMs?: number | undefined;
}

/** A task that ends at once and is restarted at once takes some time all the same. */
const leastDelayMs = 1;

/** There are as many as allocations: what few of them need is made when it is needed. */
interface Run {
  readonly hooks: RunHooks;
  readonly stops: Set<Cancel>;
  /** Epoch milliseconds. */
  readonly receivedMs: number;
  windows: RestartWindows | undefined;
  /** By task: how often it started, of those that end by themselves. */
  starts: Map<string, number> | undefined;
  /** Tasks that wait for their first start, or had it, of those that do not start at once. */
  planned: Set<string> | undefined;
  /** Restarts that were asked for and have not happened yet. */
  restarts: Set<() => void> | undefined;
}

export class SimulatedTasks implements Execution {
  readonly #world: World;
  readonly #timers: Timers;
  readonly #pace: ClientPace;
  readonly #runs = new Map<string, Run>();

  constructor(world: World, timers: Timers, pace: ClientPace) {
    this.#world = world;
    this.#timers = timers;
    this.#pace = pace;
  }

  start(allocation: Allocation, hooks: RunHooks): void {
    const { ID: id, Job: job, TaskGroup: name, TaskStates: tasks } = allocation;
    const run = this.#newRun(id, hooks);
    if (tasks !== undefined) {
      this.#goOn(allocation, tasks, run);
      return;
    }
    const { receivedMs } = run;
    this.#later(run, this.#pace.startMs, () => {
      const isFirst = (task: Task, one: Allocation) => mayStart(task, one) && scriptOf(task).startBlockMs === 0;
      hooks.report((one, nowMs) => {
        const tasks = tasksOf(one, (task) =>
          isFirst(task, one) ? begun(task, received(receivedMs), nowMs) : received(receivedMs),
        );
        return settled(withTasks(one, tasks), nowMs);
      });
      for (const task of groupOf(job, name)?.Tasks ?? []) {
        if (isFirst(task, allocation)) this.#script(task, run);
        else this.#startReady(run, task);
      }
    });
  }

  /** The tasks that could not start before. @param only  the one to look at. */
  #startReady(run: Run, only?: Task): void {
    let ready: readonly Task[] = [];
    run.hooks.report((one) => {
      ready = readyTasks(one).filter((task) => only === undefined || task === only);
      return one;
    });
    run.planned ??= new Set();
    for (const task of ready) {
      if (run.planned.has(task.Name)) continue;
      run.planned.add(task.Name);
      const { startBlockMs } = scriptOf(task);
      if (startBlockMs === 0) this.#startAgain(task, run);
      else this.#later(run, startBlockMs, () => this.#startAgain(task, run));
    }
  }

  /** Takes up what another life of this client left: its tasks ran on meanwhile. */
  #goOn(allocation: Allocation, tasks: Readonly<Record<string, TaskRecord>>, run: Run): void {
    const nowMs = this.#world.clock.now();
    for (const task of groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? []) {
      const { State: state, StartedAt: at = null, Events: events = [] } = tasks[task.Name] ?? {};
      if (state === 'running') this.#script(task, run, at === null ? 0 : nowMs - Date.parse(at));
      if (state !== 'pending' || !mayStart(task, allocation)) continue;
      const waitMs = events.length > 1 ? toMilliseconds(task.RestartPolicy.Delay) : scriptOf(task).startBlockMs;
      const sinceMs = nowMs - toMilliseconds(events.at(-1)?.Time ?? 0);
      this.#later(run, waitMs - sinceMs, () => this.#startAgain(task, run));
    }
  }

  end(allocation: Allocation, hooks: RunHooks, why?: string): void {
    const run = this.#runs.get(allocation.ID) ?? this.#newRun(allocation.ID, hooks);
    if (why !== undefined) {
      hooks.report((one, nowMs) => ended(one, nowMs, why));
      return;
    }
    for (const restart of [...(run.restarts ?? [])]) restart(); // it was asked for before, and is not taken back
    for (const stop of run.stops) stop();
    run.stops.clear();
    this.#later(run, this.#stopMs(allocation, runningTasks(allocation)), () => {
      hooks.report((one, nowMs) => ended(one, nowMs, undefined, (task) => isToFollow(task, one)));
      this.#startReady(run);
    });
  }

  restart({ ID: id }: Allocation, isWanted: (task: string) => boolean, reason: string): Promise<void> {
    const run = this.#runs.get(id);
    let wanted: readonly Task[] = [];
    let endMs = 0;
    run?.hooks.report((one, nowMs) => {
      wanted = runningTasks(one).filter((task) => isWanted(task.Name));
      endMs = this.#stopMs(one, wanted);
      return changeRunning(one, wanted, (_, was) => restartSignaled(was, reason, nowMs));
    });
    if (run === undefined || wanted.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      let isEnded = false;
      const end = () => {
        isEnded = true;
        run.hooks.report((one, nowMs) => changeRunning(one, wanted, (task, was) => restartsByHand(was, task, nowMs)));
        resolve();
      };
      const start = () => {
        run.restarts?.delete(start);
        if (!isEnded) end();
        for (const task of wanted) this.#startAgain(task, run);
      };
      run.restarts ??= new Set();
      run.restarts.add(start);
      this.#later(run, endMs, end);
      this.#later(run, endMs + this.#pace.startMs, start);
    });
  }

  signal({ ID: id, Job: job, TaskGroup: group }: Allocation, isWanted: (task: string) => boolean, name: string): void {
    const run = this.#runs.get(id);
    const signal = signalNamed(name);
    if (run === undefined || signal === undefined) return;
    for (const task of groupOf(job, group)?.Tasks ?? []) {
      if (!isWanted(task.Name) || !hasProcess(task)) continue;
      run.hooks.report((one, nowMs) => {
        const record = one.TaskStates?.[task.Name];
        if (record?.State !== 'running') return one;
        return withTasks(one, { ...one.TaskStates, [task.Name]: signaling(record, name, nowMs) });
      });
      const end = endOnSignal(task, signal);
      if (end !== undefined) this.#exit(task.Name, end, run);
    }
  }

  forget(id: string): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    for (const stop of run?.stops ?? []) stop();
    for (const restart of [...(run?.restarts ?? [])]) restart(); // somebody waits for it
  }

  filesOf(_: string, latest: () => Allocation): AllocationFiles {
    return simulatedFiles(latest);
  }

  /** A shell hears of it no sooner than what it waits for is over. */
  #stopMs({ TaskStates: states }: Allocation, tasks: readonly Task[]): number {
    const nowMs = this.#world.clock.now();
    const ranMs = ({ Name: name }: Task) => nowMs - Date.parse(states?.[name]?.StartedAt ?? '');
    return Math.max(this.#pace.stopMs, ...tasks.map((task) => deafForMs(task, ranMs(task))));
  }

  #newRun(id: string, hooks: RunHooks): Run {
    const run: Run = {
      ...{ hooks, stops: new Set<Cancel>(), receivedMs: this.#world.clock.now() },
      ...{ windows: undefined, starts: undefined, planned: undefined, restarts: undefined },
    };
    this.#runs.set(id, run);
    return run;
  }

  /** Only the latest start of a task ends it. @param ranMs  how long it has run already. */
  #script(task: Task, run: Run, ranMs = 0): void {
    const { runForMs, exitCode } = scriptOf(task);
    if (runForMs === undefined) return;
    run.starts ??= new Map();
    const start = (run.starts.get(task.Name) ?? 0) + 1;
    run.starts.set(task.Name, start);
    this.#later(run, runForMs - ranMs, () => {
      if (run.starts?.get(task.Name) === start) this.#exit(task.Name, { code: exitCode, signal: 0 }, run);
    });
  }

  #exit(taskName: string, end: TaskEnd, run: Run): void {
    run.hooks.report((allocation, nowMs) => {
      const { Job: job, TaskStates: tasks = {} } = allocation;
      const definition = groupOf(job, allocation.TaskGroup)?.Tasks.find((one) => one.Name === taskName);
      const task = tasks[taskName];
      if (definition === undefined || task?.State !== 'running') return allocation;
      const { RestartPolicy: policy } = definition;
      run.windows ??= new RestartWindows(run.receivedMs);
      const window = run.windows.at(taskName, toMilliseconds(policy.Interval), nowMs);
      const verdict = verdictOf(end, policy, {
        ...{ isService: isServiceTask(definition, job.Type), triedSince: window.tries, windowEndMs: window.endMs },
        ...{ atMs: nowMs, random: this.#world.random },
      });
      if (verdict.next === 'restart') {
        window.tries++;
        this.#later(run, Math.max(verdict.delayMs, leastDelayMs), () => this.#startAgain(definition, run));
      }
      const after = { ...tasks, [taskName]: judged(task, end, verdict, nowMs) };
      return settled(withTasks(allocation, after), nowMs);
    });
    this.#startReady(run);
  }

  #startAgain(definition: Task, run: Run): void {
    run.hooks.report((allocation, nowMs) => {
      const task = allocation.TaskStates?.[definition.Name];
      if (task?.State !== 'pending') return allocation;
      run.hooks.onRestart();
      const after = { ...allocation.TaskStates, [definition.Name]: begun(definition, task, nowMs) };
      return settled(withTasks(allocation, after), nowMs);
    });
    this.#script(definition, run);
    this.#startReady(run);
  }

  #later(run: Run, ms: number, act: () => void): void {
    const stop = this.#timers.after(ms, () => {
      run.stops.delete(stop);
      act();
    });
    run.stops.add(stop);
  }
}
