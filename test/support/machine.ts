/** A machine in memory: its processes run until the test ends them, its files are a map. */
import { posix } from 'node:path';
import type {
  Disk,
  FileInfo,
  Machine,
  Outputs,
  ProcessEnd,
  ProcessUsage,
  Program,
} from '../../src/nomad-server/drivers/machine.ts';
import { endBySignal } from '../../src/nomad-server/signals.ts';

export interface FakeProcess {
  readonly pid: number;
  readonly program: Program;
  /** Signals that it got, `SIGKILL` for the end of its whole group. */
  readonly signals: readonly string[];
  readonly isOver: boolean;
  /** It passes over every signal that it may. */
  deaf: boolean;
  print(text: string, stream?: 'stdout' | 'stderr'): Promise<void>;
  exit(code: number): void;
}

export interface FakeMachine extends Machine {
  /** All that were ever started, in their order. */
  readonly processes: readonly FakeProcess[];
  /** By what its first argument or else its path is. */
  processOf(name: string): FakeProcess;
  /** What files hold, by path below the folder. */
  text(path: string): string | undefined;
  modeOf(path: string): number | undefined;
  /** Why no program starts; '' starts them. */
  problem: string;
  /** What each process uses. */
  readonly uses: Map<number, ProcessUsage>;
  readonly isClosed: boolean;
}

const folder = '/data';

/** @param programs  that are there and may be executed, beside `/bin/app`. */
export function fakeMachine(programs: readonly string[] = []): FakeMachine {
  const files = new Map<string, { data: Buffer; mode: number }>();
  for (const path of ['/bin/app', ...programs]) files.set(path, { data: Buffer.alloc(0), mode: 0o755 });
  const folders = new Map<string, number>();
  const processes: FakeProcess[] = [];
  const uses = new Map<number, ProcessUsage>();
  let isClosed = false;
  const start = async (program: Program, outputs: Outputs) => {
    if (machine.problem !== '') return machine.problem;
    let finish: (end: ProcessEnd) => void = () => undefined;
    const end = new Promise<ProcessEnd>((resolve) => {
      finish = resolve;
    });
    const signals: string[] = [];
    let isOver = false;
    const finishOnce = (how: ProcessEnd) => {
      isOver = true;
      finish(how);
    };
    const process: FakeProcess = {
      ...{ pid: 100 + processes.length, program, signals, deaf: false },
      get isOver() {
        return isOver;
      },
      print: (text, stream = 'stdout') => outputs[stream](Buffer.from(text)),
      exit: (code) => finishOnce({ code, signal: 0 }),
    };
    processes.push(process);
    const get = (name: NodeJS.Signals) => {
      signals.push(name);
      if (!process.deaf || name === 'SIGKILL') finishOnce(endBySignal(name));
    };
    return { pid: process.pid, end, signal: get, kill: () => get('SIGKILL') };
  };
  const infoOf = (path: string): FileInfo | undefined => {
    const file = files.get(path);
    const mode = file?.mode ?? folders.get(path);
    if (mode === undefined) return undefined;
    return {
      name: posix.basename(path),
      isFolder: file === undefined,
      size: file?.data.length ?? 0,
      mode,
      modifiedMs: 0,
    };
  };
  const disk: Disk = {
    async makeFolder(path) {
      for (let at = path; at !== '/' && !folders.has(at); at = posix.dirname(at)) folders.set(at, 0o700);
    },
    async write(path, data, mode) {
      files.set(path, { data: Buffer.from(data), mode });
    },
    async append(path, data) {
      const { data: before = Buffer.alloc(0), mode = 0o600 } = files.get(path) ?? {};
      files.set(path, { data: Buffer.concat([before, data]), mode });
    },
    async setMode(path, mode) {
      const file = files.get(path);
      if (file !== undefined) files.set(path, { ...file, mode });
    },
    info: async (path) => infoOf(path),
    resolve: async (path) => infoOf(path) && path,
    async list(path) {
      const all = [...files.keys(), ...folders.keys()].filter((one) => posix.dirname(one) === path).sort();
      return all.flatMap((one) => infoOf(one) ?? []);
    },
    async read(path, offset, length) {
      return (files.get(path)?.data ?? Buffer.alloc(0)).subarray(offset, offset + length);
    },
    async remove(path) {
      for (const map of [files, folders]) {
        for (const one of map.keys()) if (one === path || one.startsWith(`${path}/`)) map.delete(one);
      }
    },
  };
  const machine: FakeMachine = {
    ...{ folder, env: { PATH: '/usr/bin:/bin', HOME: '/home/me' }, disk, start, processes, uses, problem: '' },
    usage: (groups) =>
      new Map([...groups].map((group) => [group, [uses.get(group)].filter((one) => one !== undefined)])),
    processOf(name) {
      const found = processes.findLast(({ program }) => (program.args[0] ?? program.path) === name);
      if (found === undefined) throw new Error(`no process ${name} was started`);
      return found;
    },
    text: (path) => files.get(posix.join(folder, path))?.data.toString(),
    modeOf: (path) => files.get(posix.join(folder, path))?.mode ?? folders.get(posix.join(folder, path)),
    get isClosed() {
      return isClosed;
    },
    async close() {
      isClosed = true;
    },
  };
  return machine;
}
