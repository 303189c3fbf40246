/** Starts one plugin: finds its code, opens it, checks that it is what the block says, and configures it. */
import { DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { AutoscalerError, inContext } from '../lib/error.ts';
import { goBoolProblem } from '../lib/go-bool.ts';
import type {
  Awaitable,
  PluginDefinition,
  PluginInfo,
  PluginType,
  PluginWorld,
  SessionTypes,
} from '../model/plugin.ts';
import { type ConfiguredPlugin, inherit, pluginName } from './catalog.ts';
import type { Deadlines } from './deadline.ts';
import { type Command, launchKey, type Placement, place, type Shelf } from './select.ts';

/** An opened plugin. */
export interface Opened<T extends PluginType = PluginType> {
  readonly session: SessionTypes[T];
  /** Who the plugin says it is. */
  info(signal: AbortSignal): Awaitable<PluginInfo>;
  /** Undefined for a plugin that runs inside the agent. */
  readonly process?: RunningProcess;
  /** Ends it, in bounded time, with whatever runs in it. Calling it twice does no harm. */
  close(): Promise<void>;
}

export interface RunningProcess {
  readonly path: string;
  readonly pid: number;
  /** Once it is gone, whoever ended it: how it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it at once, unasked. */
  kill(): void;
}

/** An opened plugin that was found to be what its block says, and is configured. */
export interface Instance<T extends PluginType = PluginType> extends Opened<T> {
  /** Of the plan that it came from. */
  readonly launchKey: string;
}

/** What starting a plugin would take now. */
export interface Plan {
  readonly plugin: ConfiguredPlugin;
  /** What the plugin is given, inherited keys among it. */
  readonly config: Readonly<Record<string, string>>;
  readonly placement: Placement;
  /** Equal texts: the running plugin would be started in exactly the same way again. */
  readonly launchKey: string;
  /** Of a bundled plugin. */
  readonly definition: PluginDefinition | undefined;
}

export interface Launcher {
  plan(plugin: ConfiguredPlugin): Promise<Plan>;
  /**
   * @throws after ending what was started: `failed to dispense plugin <label>: …` or `failed to set config on plugin <label>: …`,
   *         with the code of its cause.
   */
  launch<T extends PluginType>(type: T, plan: Plan, signal: AbortSignal): Promise<Instance<T>>;
  /** Hands over the plan's configuration. @throws `failed to set config on plugin <label>: …`. */
  configure(opened: Opened, plan: Plan, signal: AbortSignal): Promise<void>;
}

/** Starts a plugin's process. */
export type OpenProcess = <T extends PluginType>(
  type: T,
  command: Command,
  plugin: ConfiguredPlugin,
  signal: AbortSignal,
) => Promise<Opened<T>>;

export interface LauncherOptions {
  readonly shelf: Shelf;
  readonly openProcess: OpenProcess;
  readonly world: PluginWorld;
  readonly deadlines: Deadlines;
}

/** The name under which all of this folder logs. */
export const managerLog = 'agent.plugin_manager';

/** As long as a process may take to end. */
const closeMs = 4_000;

export function createLauncher({ shelf, openProcess, world, deadlines }: LauncherOptions): Launcher {
  const log = world.log.named(managerLog);

  async function plan(plugin: ConfiguredPlugin): Promise<Plan> {
    const placement = await place(plugin, shelf);
    const definition = await placement.bundled?.load();
    // What nobody reads is not handed out: the Nomad token least of all.
    const nomad = definition?.usesNomad === false ? {} : plugin.nomad;
    const config = inherit(plugin.config, nomad, (text) => {
      world.log.named('agent').error('failed to convert config value to bool', { error: goBoolProblem(text) });
    });
    return { plugin, config, placement, launchKey: launchKey(plugin, placement), definition };
  }

  async function open<T extends PluginType>(type: T, { plugin, placement, definition }: Plan, signal: AbortSignal) {
    if (placement.kind === 'module') return openModule(type, plugin, definition, world);
    try {
      return await openProcess(type, placement.command, plugin, signal);
    } catch (cause) {
      throw inContext(`failed to instantiate plugin ${plugin.label} client`, cause, subjectOf(placement));
    }
  }

  async function dispense<T extends PluginType>(type: T, plan: Plan, signal: AbortSignal): Promise<Opened<T>> {
    const opened = await open(type, plan, signal);
    try {
      await checkInfo(opened, plan, signal);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async function checkInfo(opened: Opened, { plugin, placement }: Plan, signal: AbortSignal) {
    const { label, driver, type } = plugin;
    let info: PluginInfo;
    try {
      info = await withDeadline(world.clock, deadlines.pluginInfoMs, signal, async (within) => opened.info(within));
    } catch (cause) {
      throw inContext(`failed to call PluginInfo on ${label}`, cause);
    }
    if (info.name !== driver.replace(/\.exe$/, '') || info.type !== type) {
      throw mismatch(plugin, info, subjectOf(placement));
    }
  }

  async function configure(opened: Opened, { plugin, config }: Plan, signal: AbortSignal): Promise<void> {
    try {
      await withDeadline(world.clock, deadlines.setConfigMs, signal, async (within) =>
        opened.session.setConfig(config, within),
      );
    } catch (cause) {
      throw inContext(`failed to set config on plugin ${plugin.label}`, cause);
    }
  }

  return {
    plan,
    configure,
    async launch<T extends PluginType>(type: T, plan: Plan, signal: AbortSignal): Promise<Instance<T>> {
      const { label } = plan.plugin;
      let opened: Opened<T>;
      try {
        opened = await dispense(type, plan, signal);
      } catch (cause) {
        throw inContext(`failed to dispense plugin ${label}`, cause);
      }
      try {
        await configure(opened, plan, signal);
      } catch (error) {
        await opened.close();
        throw error;
      }
      log.info('successfully launched and dispensed plugin', { plugin_name: label });
      return { ...opened, launchKey: plan.launchKey };
    },
  };
}

function openModule<T extends PluginType>(
  type: T,
  plugin: ConfiguredPlugin,
  definition: PluginDefinition | undefined,
  world: PluginWorld,
): Opened<T> {
  const { label } = plugin;
  if (definition === undefined) throw new Error(`plugin ${label} has no module`);
  if (definition.type !== type) throw mismatch(plugin, definition, bundledPlugin);
  const session = definition.open({ ...world, log: world.log.named(`internal_plugin.${label}`) });
  return {
    session: session as SessionTypes[T], // by the check above
    info: () => ({ name: definition.name, type: definition.type }),
    close: () => closeModule(label, session, world),
  };
}

/** A module cannot be killed: what does not come to its end is left alone. */
async function closeModule(label: string, session: SessionTypes[PluginType], world: PluginWorld): Promise<void> {
  try {
    await withDeadline(world.clock, closeMs, undefined, () => session.close());
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error;
    world.log.named(managerLog).warn('plugin failed to exit gracefully', { plugin_name: label });
  }
}

const bundledPlugin = 'the bundled plugin';

/** What a hint tells of. A bundled plugin's process is that of Node, which says nothing to an operator. */
function subjectOf(placement: Placement): string {
  return placement.kind === 'module' || placement.bundled !== undefined ? bundledPlugin : placement.command.path;
}

/**
 * Compat: upstream's text to the letter, `<nil>` and all.
 *
 * @param subject  begins the hint: what it tells of.
 */
function mismatch({ label, driver, type }: ConfiguredPlugin, info: PluginInfo, subject: string): AutoscalerError {
  const says = pluginName({ type: info.type, label: info.name });
  const wants = pluginName({ type, label: driver });
  const hint = `${subject} says that it is ${says}, and its block wants ${wants}: mend the block or the file`;
  const text = `plugin ${label} remote info doesn't match local config: <nil>`;
  return new AutoscalerError('plugin_mismatch', text, { blame: 'usage', hint });
}
