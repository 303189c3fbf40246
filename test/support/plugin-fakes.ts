/** Plugins that are no processes: they do what a test tells them. */
import type { PluginDefinition, PluginInfo, PluginType, SessionTypes } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { scaled } from '../../src/model/target.ts';
import type { PluginBlock } from '../../src/plugin-manager/catalog.ts';
import type { Opened, OpenProcess } from '../../src/plugin-manager/launch.ts';
import { PluginManager } from '../../src/plugin-manager/manager.ts';
import type { BundledPlugin, Shelf } from '../../src/plugin-manager/select.ts';
import { pluginWorld } from './plugin.ts';

/** A block whose driver is its label. */
export function pluginBlock(type: PluginType, label: string, parts: Partial<PluginBlock> = {}): PluginBlock {
  return { type, label, driver: label, args: [], config: {}, autoMtls: true, ...parts };
}

/** One started process. */
export class FakeProcess {
  readonly pid: number;
  readonly type: PluginType;
  readonly path: string;
  readonly args: readonly string[];
  readonly configs: StringMap[] = [];
  readonly ended: Promise<string>;
  isClosed = false;
  /** Waited for by its graceful end. */
  closes: Promise<void> = Promise.resolve();
  /** Ends it as if by itself. */
  end: (how: string) => void = () => undefined;
  /** What its calls do; undefined or false answers as usual, at once. */
  behave: (call: string, signal: AbortSignal) => unknown;

  constructor(pid: number, type: PluginType, path: string, args: readonly string[], behave: FakeProcess['behave']) {
    this.pid = pid;
    this.type = type;
    this.path = path;
    this.args = args;
    this.behave = behave;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }
}

const answers: Readonly<Record<string, unknown>> = {
  setConfig: undefined,
  query: [{ at: 0, value: 1 }],
  queryMultiple: [[{ at: 0, value: 1 }]],
  run: { direction: 'up', count: 3, reason: 'so', meta: {} },
  status: { ready: true, count: 2, meta: {} },
  scale: scaled,
};

/** Starts fake processes and remembers them. */
export class FakeProcesses {
  readonly started: FakeProcess[] = [];
  /** Thrown by the next start, once. */
  failNext: Error | undefined;
  /** What the processes started from now on do. */
  behave: FakeProcess['behave'] = () => undefined;
  /** What a process says it is, by path. The default is the base name and the type that was asked for. */
  readonly says = new Map<string, PluginInfo>();

  get last(): FakeProcess {
    const last = this.started.at(-1);
    if (last === undefined) throw new Error('no process was started');
    return last;
  }

  readonly open: OpenProcess = async (type, command, plugin) => {
    const { failNext } = this;
    this.failNext = undefined;
    if (failNext !== undefined) throw failNext;
    const one = new FakeProcess(100 + this.started.length, type, command.path, plugin.args, this.behave);
    this.started.push(one);
    return this.#opened(type, one);
  };

  #opened<T extends PluginType>(type: T, one: FakeProcess): Opened<T> {
    const call = async (name: string, signal: AbortSignal) => {
      const answer = await one.behave(name, signal);
      return answer === undefined || answer === false ? answers[name] : answer;
    };
    const close = async () => {
      one.isClosed = true;
      await one.closes;
      one.end('its process ended: exit status 0');
    };
    const session = {
      setConfig: (config: StringMap, signal: AbortSignal) => {
        one.configs.push(config);
        return call('setConfig', signal);
      },
      query: (_query: string, _range: unknown, signal: AbortSignal) => call('query', signal),
      queryMultiple: (_query: string, _range: unknown, signal: AbortSignal) => call('queryMultiple', signal),
      run: (_input: unknown, signal: AbortSignal) => call('run', signal),
      status: (_config: StringMap, signal: AbortSignal) => call('status', signal),
      scale: (_action: unknown, _config: StringMap, signal: AbortSignal) => call('scale', signal),
      close,
    };
    return {
      session: session as unknown as SessionTypes[T],
      info: async (signal) => {
        await one.behave('info', signal);
        return this.says.get(one.path) ?? { name: one.path.replace(/.*\//, ''), type };
      },
      process: {
        path: one.path,
        pid: one.pid,
        ended: one.ended,
        kill: () => one.end('its process ended: signal: killed'),
      },
      close,
    };
  }
}

/** A plugin directory with these executables, by name, each with its stamp. */
export function fakeShelf(executables: Record<string, string> = {}, bundled: readonly BundledPlugin[] = []): Shelf {
  return {
    pluginDir: '/plugins',
    bundled,
    findExecutable: async (path) => executables[path.replace('/plugins/', '')],
  };
}

/** Ships a definition both ways. */
export function bundle(definition: PluginDefinition): BundledPlugin {
  const { name: driver, type } = definition;
  return { driver, type, load: async () => definition, command: { path: `/bundled/${driver}`, args: [] } };
}

/** A manager over fake processes and a clock that stands still. */
export function fakeManager(shelf: Shelf = fakeShelf()) {
  const world = pluginWorld();
  const processes = new FakeProcesses();
  const manager = new PluginManager({ shelf, openProcess: processes.open, world });
  const apply = (...blocks: readonly PluginBlock[]) => manager.apply({ blocks, nomad: {} });
  return { world, processes, manager, apply };
}
