/**
 * The allocations whose tasks really run here. Tasks of `raw_exec` and `exec` are processes of this machine; others in
 * the same group are pretended, as everywhere else.
 */
import type { Cancel } from '../../lib/clock.ts';
import { explain } from '../../lib/error.ts';
import type { World } from '../../lib/world.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Task } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { type AllocationFiles, logBase } from '../allocation-files.ts';
import { withTasks } from '../client-tasks.ts';
import type { Execution, RunHooks } from '../execution.ts';
import { toMilliseconds } from '../identity.ts';
import type { Load } from '../load.ts';
import { groupOf } from '../scheduler/ask.ts';
import { received } from '../task-events.ts';
import { hasProcess, isServiceTask } from '../task-life.ts';
import { AllocationRun, type TellTask } from './allocation-run.ts';
import type { Machine, Outputs, TaskProcess } from './machine.ts';
import { pretended } from './pretended.ts';
import { realFiles } from './real-files.ts';
import { RotatingLog } from './rotating-log.ts';
import { allocationFolder } from './task-folder.ts';
import { TaskRun } from './task-run.ts';
import { type PreparedTask, prepareTask, startTask } from './task-start.ts';
import { sumOf, type TaskUsage, UsageMeter } from './usage-meter.ts';

/** How often the machine is looked at when nobody asks, so that a figure is about the last seconds. */
const lookMs = 10_000;

export class RealTasks implements Execution {
  readonly #machine: Machine;
  readonly #world: World;
  readonly #nodeOf: (id: string) => Node | undefined;
  readonly #meter: UsageMeter;
  readonly #runs = new Map<string, AllocationRun>();
  /** All that are not over, also those that were cut. */
  readonly #open = new Set<AllocationRun>();
  /** By allocation: what the tasks used last. */
  readonly #used = new Map<string, Map<string, TaskUsage>>();
  readonly #readers = new Map<string, Set<() => void>>();
  #looking: Cancel | undefined;
  #hasWarned = false;
  #isClosed = false;

  constructor(machine: Machine, world: World, nodeOf: (id: string) => Node | undefined) {
    this.#machine = machine;
    this.#world = world;
    this.#nodeOf = nodeOf;
    this.#meter = new UsageMeter(machine, world.clock);
  }

  /** Some task of it is a process of this machine. */
  takes({ Job, TaskGroup }: Pick<Allocation, 'Job' | 'TaskGroup'>): boolean {
    return groupOf(Job, TaskGroup)?.Tasks.some(hasProcess) ?? false;
  }

  /** Starts what is not over yet: all of it, or what was running when its client went away. */
  start(allocation: Allocation, hooks: RunHooks): void {
    if (this.#isClosed || this.#runs.has(allocation.ID)) return;
    const tasks = groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? [];
    this.#warnOnce(tasks);
    const tell: TellTask = (task, change) => {
      const atMs = this.#world.clock.now();
      hooks.report((one) => {
        const known = one.TaskStates ?? Object.fromEntries(tasks.map(({ Name }) => [Name, received(atMs)]));
        const was = known[task];
        return was === undefined ? one : withTasks(one, { ...known, [task]: change(was, atMs) });
      });
    };
    for (const { Name } of tasks) if (allocation.TaskStates === undefined) tell(Name, (record) => record);
    const isOver = ({ Name }: Task) => allocation.TaskStates?.[Name]?.State === 'dead';
    const runs = tasks.filter((task) => !isOver(task)).map((task) => this.#taskRun(allocation, task, tell, hooks));
    const run = new AllocationRun(allocation.NodeID, runs, tell, this.#world.clock);
    this.#runs.set(allocation.ID, run);
    this.#open.add(run);
    void run.over.then(() => {
      this.#open.delete(run);
      if (this.#runs.get(allocation.ID) === run) this.#runs.delete(allocation.ID);
    });
    this.#looking ??= this.#lookLater();
  }

  #warnOnce(tasks: readonly Task[]): void {
    if (this.#hasWarned || !tasks.some(({ Driver }) => Driver === 'exec')) return;
    this.#hasWarned = true;
    this.#world.log.named('client').warn('tasks of the driver "exec" run as those of "raw_exec" do, without isolation');
  }

  #taskRun(allocation: Allocation, task: Task, tell: TellTask, hooks: RunHooks): TaskRun {
    const { clock, random } = this.#world;
    let prepared: PreparedTask | undefined;
    return new TaskRun({
      ...{ task, clock, random },
      isService: isServiceTask(task, allocation.Job.Type),
      prepare: async () => {
        try {
          const found = await prepareTask(this.#machine, allocation, task, this.#nodeOf(allocation.NodeID));
          if (typeof found === 'string') return found;
          prepared = found;
          return undefined;
        } catch (error) {
          return explain(error);
        }
      },
      start: async () => {
        if (!hasProcess(task)) return pretended(task, clock);
        if (prepared === undefined) return 'the task has no folder';
        try {
          return this.#measured(
            allocation.ID,
            task,
            await startTask(this.#machine, task, prepared, await this.#outputs(allocation, task)),
          );
        } catch (error) {
          return explain(error);
        }
      },
      tell: (change) => tell(task.Name, change),
      onStart: hooks.onRestart,
    });
  }

  #measured(id: string, task: Task, started: TaskProcess | string): TaskProcess | string {
    if (typeof started === 'string') return started;
    this.#meter.begin(started.pid);
    void started.end.then(() => this.#keep(id, task.Name, this.#meter.end(started.pid)));
    return started;
  }

  async #outputs(allocation: Allocation, task: Task): Promise<Outputs> {
    const { MaxFiles: maxFiles, MaxFileSizeMB: megabytes, Disabled: isDisabled } = task.LogConfig;
    const nothing = async () => undefined;
    if (isDisabled) return { stdout: nothing, stderr: nothing };
    const limits = { maxFiles: Math.max(maxFiles, 1), maxBytes: Math.max(megabytes, 1) * 1024 * 1024 };
    const root = this.#folderOf(allocation.ID);
    const open = async (stream: 'stdout' | 'stderr') => {
      const log = await RotatingLog.open(this.#machine.disk, `${root}/${logBase(task.Name, stream)}`, limits);
      return async (piece: Uint8Array) => {
        await log.write(piece);
        for (const wake of [...(this.#readers.get(allocation.ID) ?? [])]) wake();
      };
    };
    return { stdout: await open('stdout'), stderr: await open('stderr') };
  }

  #folderOf(id: string): string {
    return allocationFolder(this.#machine.folder, id);
  }

  end(allocation: Allocation, { report }: RunHooks, why?: string): void {
    const run = this.#runs.get(allocation.ID);
    if (run === undefined) return;
    const delayMs = toMilliseconds(groupOf(allocation.Job, allocation.TaskGroup)?.ShutdownDelay ?? 0);
    const skipsDelay = allocation.DesiredTransition?.NoShutdownDelay === true;
    const ended = run.end(delayMs, { why, skipsDelay });
    if (why === undefined) return;
    void ended.then(() =>
      report((one) => (one.ClientStatus === 'complete' ? { ...one, ClientDescription: why } : one)),
    );
  }

  async restart({ ID: id }: Allocation, isWanted: (task: string) => boolean, reason: string): Promise<void> {
    await this.#runs.get(id)?.restart(isWanted, reason);
  }

  signal({ ID: id }: Allocation, isWanted: (task: string) => boolean, name: string): void {
    this.#runs.get(id)?.signal(isWanted, name);
  }

  /** The power of a node is cut: its processes end at once, and nobody hears of it. */
  cut(nodeId: string): void {
    for (const [id, run] of this.#runs) {
      if (run.nodeId !== nodeId) continue;
      run.cut();
      this.#runs.delete(id);
    }
  }

  /** Its folder goes, and what should still run of it. */
  forget(id: string): void {
    const run = this.#runs.get(id);
    run?.cut();
    this.#runs.delete(id);
    this.#used.delete(id);
    const remove = async () => {
      await run?.over;
      await this.#machine.disk.remove(this.#folderOf(id));
    };
    remove().catch((error) =>
      this.#world.log.named('client').warn('cannot remove the folder of an allocation', { error }),
    );
  }

  filesOf(id: string): AllocationFiles {
    return realFiles(this.#machine.disk, this.#folderOf(id), (wake) => {
      const readers = this.#readers.get(id) ?? new Set();
      this.#readers.set(id, readers.add(wake));
      return () => {
        readers.delete(wake);
        if (readers.size === 0) this.#readers.delete(id);
      };
    });
  }

  /** By task; of one that is over what it used last. */
  usageOf(id: string): ReadonlyMap<string, TaskUsage> {
    for (const [task, group] of this.#runs.get(id)?.groups ?? []) this.#keep(id, task, this.#meter.of(group));
    return this.#used.get(id) ?? new Map();
  }

  /** What runs of it now, for sums. @param coreMhz  of its node. */
  loadOf(id: string, coreMhz: number): Load {
    const groups = [...(this.#runs.get(id)?.groups.values() ?? [])];
    const all = sumOf(groups.flatMap((group) => this.#meter.of(group) ?? []));
    const percent = all.userPercent + all.systemPercent;
    return { cpuMhz: (percent / 100) * coreMhz, memoryMb: all.rssBytes / 2 ** 20 };
  }

  /** Nothing is kept of an allocation that is forgotten. */
  #keep(id: string, task: string, usage: TaskUsage | undefined): void {
    if (usage === undefined || usage.processes.size === 0 || !this.#runs.has(id)) return;
    const tasks = this.#used.get(id) ?? new Map<string, TaskUsage>();
    this.#used.set(id, tasks.set(task, usage));
  }

  #lookLater(): Cancel {
    return this.#world.clock.after(lookMs, () => {
      this.#looking = undefined;
      if (this.#runs.size === 0 || this.#isClosed) return;
      this.#meter.look();
      this.#looking = this.#lookLater();
    });
  }

  /** Ends everything as its jobs ask for, then whatever is left. Nothing starts any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#looking?.();
    await Promise.all([...this.#open].map((run) => run.leave()));
    await this.#machine.close();
  }
}
