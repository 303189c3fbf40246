/** Plugins that run elsewhere: in a container, as another user. Source: spec go-plugin.md §17. */
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { withDeadline } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { Place, Translations } from './broker-direct.ts';
import { type Exit, type Life, watch } from './child.ts';
import { defaultStartTimeoutMs, type Launched, startFailure } from './connect.ts';
import { verifyChecksum } from './executable.ts';
import { environmentOf, type HostOptions, type HostWorld, longestLineOf, makeOwn, pluginLog } from './host.ts';
import { groupId } from './listener.ts';

/** A plugin's process that a runner holds. */
export interface AttachedRunner {
  /** What the log calls it: a container's ID. */
  readonly id: string;
  /** Once the process is gone. */
  readonly exit: Promise<Exit>;
  /** Ends the process at once, unasked. */
  kill(): void | Promise<void>;
  /** Turns an address that the plugin tells into one that this host can reach; absent when it can as it is. */
  pluginToHost?(place: Place): Place | Promise<Place>;
  /** The same the other way round, for what the host offers the plugin by the broker. */
  hostToPlugin?(place: Place): Place | Promise<Place>;
}

/** One that a runner has just started. */
export interface StartedRunner extends AttachedRunner {
  /** What the plugin's log lines are named for. */
  readonly name: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What may be wrong with a plugin that does not shake hands, a line each. */
  diagnose?(): Promise<readonly string[]>;
}

/** What a runner gets. */
export interface RunnerCommand {
  /** The whole environment of the plugin. */
  readonly env: Readonly<Record<string, string>>;
  /** An empty folder for the plugin's sockets, to be made available to it; the host removes it in the end. */
  readonly socketDir: string;
  readonly log: Logger;
}

/** Starts the plugin somewhere. @param signal  aborts when the time for a start is over. */
export type Runner = (command: RunnerCommand, signal: AbortSignal) => Promise<StartedRunner>;

export interface RunnerOptions extends HostOptions {
  /** Where the folder for the plugin's sockets is made; default the system's folder for temporary files. */
  readonly tempDir?: string;
}

export interface RunnerWorld extends HostWorld {
  readonly tempDir: string;
}

/** Lets a runner start the process and does not wait for its first word. @throws what the runner throws. */
export async function launchElsewhere(
  runner: Runner,
  options: RunnerOptions,
  world: RunnerWorld,
  signal: AbortSignal,
): Promise<Launched> {
  if (options.checksum !== undefined) await verifyChecksum('', options.checksum); // there is no file to look at
  const own = await makeOwn(options, world);
  const socketDir = await makeSocketDir(options.tempDir ?? world.tempDir, options.socketGroup);
  world.log.trace('created temporary directory for unix sockets', { dir: socketDir });
  const cleanUp = () => rm(socketDir, { recursive: true, force: true });
  const env = environmentOf(options, world, own, { socketDir });
  let starting: Promise<StartedRunner> | undefined;
  try {
    const limitMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
    const started = await withDeadline(world.clock, limitMs, signal, (within) => {
      starting = runner({ env, socketDir, log: world.log }, within);
      return starting;
    });
    return { ...describe(started, own, options, world), socketDir, cleanUp };
  } catch (error) {
    starting?.then((late) => late.kill()).catch(() => undefined); // nobody waits for it any more
    await cleanUp();
    throw startFailure(error, signal);
  }
}

function describe(started: StartedRunner, own: Launched['own'], options: RunnerOptions, world: RunnerWorld): Launched {
  const { name, stdout, stderr } = started;
  const log = pluginLog(name, options, world);
  const { rawStderr } = options;
  const reading = { log, clock: world.clock, longestLine: longestLineOf(options), rawStderr };
  const child = watch({ ...lifeOf(started, world.log), id: started.id, stdout, stderr }, reading);
  world.log.debug('plugin started', { path: name, pid: started.id });
  return {
    path: name,
    child,
    log,
    own,
    diagnose: async () => (await started.diagnose?.()) ?? [],
    socketGroup: options.socketGroup,
    translate: started.pluginToHost === undefined ? undefined : (line) => translated(line, started),
    translations: translationsOf(started),
  };
}

/** What the broker needs to know of addresses. */
export function translationsOf(runner: AttachedRunner): Translations {
  return {
    incoming: runner.pluginToHost === undefined ? undefined : (place) => runner.pluginToHost?.(place) ?? place,
    outgoing: runner.hostToPlugin === undefined ? undefined : (place) => runner.hostToPlugin?.(place) ?? place,
  };
}

/** A runner's process as its host holds it. */
export function lifeOf(runner: AttachedRunner, log: Logger): Life {
  const kill = async () => {
    try {
      await runner.kill();
    } catch (error) {
      log.debug('error killing plugin', { error: explain(error) });
    }
  };
  return { pid: 0, exit: runner.exit, drained: runner.exit.then(() => undefined), kill: () => void kill() };
}

/** A handshake line with the address as the host sees it. */
async function translated(line: string, runner: AttachedRunner): Promise<string> {
  const [core = '', app = '', network = '', address = '', ...rest] = line.trim().split('|');
  const place = (await runner.pluginToHost?.({ network, address })) ?? { network, address };
  return [core, app, place.network, place.address, ...rest].join('|');
}

/** For the owner alone; with a group for its members as well. */
async function makeSocketDir(tempDir: string, group: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tempDir, 'plugin-dir'));
  if (group !== undefined) {
    await chown(folder, -1, await groupId(group));
    await chmod(folder, 0o770);
  }
  return folder;
}
