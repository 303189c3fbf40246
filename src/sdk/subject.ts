/** A plugin under test, in this process or as a process of its own. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { systemClock } from '../lib/clock.ts';
import { noLog } from '../lib/log.ts';
import { noTelemetry } from '../lib/telemetry.ts';
import type { PluginDefinition, PluginInfo, PluginType, PluginWorld, SessionTypes } from '../model/plugin.ts';
import type { Env } from '../schema/parse.ts';
import { launch } from '../wire/launch.ts';

/** An opened plugin that knows no settings yet. */
export interface OpenedSubject<T extends PluginType> {
  readonly info: PluginInfo;
  /** Closing it ends a process. */
  readonly session: SessionTypes[T];
}

export interface Subject<T extends PluginType> {
  readonly type: T;
  open(): Promise<OpenedSubject<T>>;
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

export interface ProcessCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** The environment of the process; usually `process.env`. */
  readonly env: Env;
}

/** The plugin as an executable, started as the agent starts it. */
export function asProcess<T extends PluginType>(type: T, { path, args, env }: ProcessCommand): Subject<T> {
  return {
    type,
    async open() {
      const world = { clock: systemClock, log: noLog, env, spawn, randomBytes };
      const launched = await launch(path, args, {}, { autoMtls: 'preferred' }, world, unending());
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

/** A signal that never aborts. */
export const unending = (): AbortSignal => new AbortController().signal;
