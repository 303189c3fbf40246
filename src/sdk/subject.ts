/** A plugin under test, in this process or as a process of its own. */
import { execFile, type spawn } from 'node:child_process';
import type { AutoMtls } from '../goplugin/connect.ts';
import { systemWorld } from '../goplugin/system.ts';
import { systemClock } from '../lib/clock.ts';
import { noLog } from '../lib/log.ts';
import { noTelemetry } from '../lib/telemetry.ts';
import type { PluginDefinition, PluginInfo, PluginType, PluginWorld, SessionTypes } from '../model/plugin.ts';
import type { Env } from '../schema/parse.ts';
import { type LaunchedPlugin, launch } from '../wire/launch.ts';
import { cookie } from '../wire/profile.ts';

/** An opened plugin that knows no settings yet. */
export interface OpenedSubject<T extends PluginType> {
  readonly info: PluginInfo;
  /** Closing it ends a process. */
  readonly session: SessionTypes[T];
}

/** What a conformance suite tries. Made by `inProcess` or `asProcess`. */
export interface Subject<T extends PluginType> {
  readonly type: T;
  open(): Promise<OpenedSubject<T>>;
  /** Of a process only. */
  readonly command?: ProcessCommand;
  /** Starts the process with or without certificates; whoever asks ends it. */
  asWanted?(autoMtls: AutoMtls): Promise<LaunchedPlugin>;
}

/** A world in real time without a log, with parts of its own. */
export function testWorld(parts: Partial<PluginWorld> = {}): PluginWorld {
  return { clock: systemClock, random: () => 0.5, log: noLog, telemetry: noTelemetry, env: {}, ...parts };
}

/** The plugin as a module of this process. */
export function inProcess<T extends PluginType>(
  definition: PluginDefinition<T>,
  world: PluginWorld = testWorld(),
): Subject<T> {
  const { name, type } = definition;
  return { type, open: async () => ({ info: { name, type }, session: definition.open(world) }) };
}

/** How a plugin's process is started. */
export interface ProcessCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** The environment of the process; usually `process.env`. */
  readonly env: Env;
  /** Certificates between host and plugin; default `preferred`, as an agent starts it. */
  readonly autoMtls?: AutoMtls;
  /** Given what it writes to stderr. */
  readonly stderr?: (chunk: Uint8Array) => void;
  /** In place of Node's own. */
  readonly spawn?: typeof spawn;
}

/** The plugin as an executable, started as the agent starts it. */
export function asProcess<T extends PluginType>(type: T, command: ProcessCommand): Subject<T> {
  return {
    type,
    command,
    asWanted: (autoMtls) => startSubject({ ...command, autoMtls }),
    async open() {
      const launched = await startSubject(command);
      const sessions: { readonly [K in PluginType]: () => SessionTypes[K] } = launched;
      const session = sessions[type]();
      try {
        return { info: await launched.info(unending()), session };
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

/** Starts a plugin's process; whoever asks ends it. @throws `plugin_start_failed` */
export function startSubject(command: ProcessCommand): Promise<LaunchedPlugin> {
  const { path, args, env, autoMtls = 'preferred', stderr, spawn } = command;
  const world = { ...systemWorld(noLog), env, ...(spawn && { spawn }) };
  const options = { autoMtls, ...(stderr && { rawStderr: stderr }) };
  return launch(path, args, {}, options, world, unending());
}

const byHandMs = 10_000;

/** Starts the executable as a person would, without what a host says. It has ten seconds to end. */
export function startedByHand({ path, args, env }: ProcessCommand): Promise<ByHand> {
  const { [cookie.key]: _, ...plain } = env;
  return new Promise((resolve) => {
    execFile(path, [...args], { env: { ...plain }, timeout: byHandMs }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr });
    });
  });
}

/** How a program ended: its status or its signal, and what it wrote. */
export interface ByHand {
  readonly code: string | number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal that never aborts. */
export const unending = (): AbortSignal => new AbortController().signal;
