/** The life of an agent: start, signals, reload, stop. Source: spec agent.md §1 and §9. */
import { HttpError } from '../http/answer.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { formatDuration } from '../lib/duration.ts';
import { explain, isAbort } from '../lib/error.ts';
import { createLog, type Log, type Logger, parseLogLevel } from '../lib/log.ts';
import type { LockSpec } from '../nomad/locks.ts';
import { logBanner } from './banner.ts';
import type { AgentConfig } from './config.ts';
import type { ConfigInputs, ConfigReader, LoadedConfig } from './config-files.ts';
import { checkLock, type Role, takePart } from './election.ts';
import { loadAgentConfig } from './load.ts';
import { checkAccess, type NomadAccess, nomadAccess } from './nomad-settings.ts';
import { type OwnTelemetry, openTelemetry } from './own-telemetry.ts';
import type { AgentParts, AgentSignal } from './parts.ts';
import { needsRestart } from './restart.ts';
import type { Running } from './running.ts';
import { agentView } from './view.ts';
import { WayToLock } from './way-to-lock.ts';

/** A step of the start that failed: `message` is the line that is logged. */
class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/**
 * Runs an agent until a signal ends it.
 *
 * @param loaded  of `loadAgentConfig` with the same inputs; they are read again at each reload.
 * @returns       the exit status.
 */
export function runAgent(
  inputs: ConfigInputs,
  loaded: LoadedConfig,
  parts: AgentParts,
  reader?: ConfigReader,
): Promise<number> {
  return new Agent(inputs, loaded, parts, reader).run();
}

class Agent {
  readonly #inputs: ConfigInputs;
  readonly #parts: AgentParts;
  readonly #reader: ConfigReader | undefined;
  readonly #logs: Log;
  readonly #log: Logger;
  readonly #stopped = Promise.withResolvers<number>();
  #telemetry: OwnTelemetry;
  #loaded: LoadedConfig;
  #http: Promise<HttpServer> | undefined;
  #running: Running | undefined;
  /** Undefined for an agent that shares its work with no other. */
  #role: Role | undefined;
  /** Settles when this agent takes part no more. */
  #election: Promise<void> | undefined;
  #wayToLock: WayToLock | undefined;
  readonly #ending = new AbortController();
  #isStopping = false;
  #reloading: Promise<void> | undefined;
  #reloadAgain: Promise<void> | undefined;
  /** Why the configuration on disk is not the one in force. */
  #reloadProblem: string | undefined;
  /** Why it is not known who leads. */
  #electionProblem: string | undefined;

  constructor(inputs: ConfigInputs, loaded: LoadedConfig, parts: AgentParts, reader: ConfigReader | undefined) {
    const { config } = loaded;
    this.#inputs = inputs;
    this.#parts = parts;
    this.#reader = reader;
    this.#loaded = loaded;
    this.#logs = createLog({
      level: levelOf(config),
      json: config.logJson,
      location: config.logIncludeLocation,
      clock: parts.clock,
      write: parts.write,
    });
    this.#log = this.#logs.root.named('agent');
    this.#telemetry = openTelemetry(config.telemetry, { ...parts, log: this.#log.named('http_server') });
  }

  async run(): Promise<number> {
    const unsubscribe = this.#parts.onSignal((signal) => this.#onSignal(signal));
    logBanner(this.#log, this.#loaded.config, this.#parts.version);
    this.#warn(this.#loaded.warnings);
    this.#start().catch((error) => this.#fail(error));
    try {
      return await this.#stopped.promise;
    } finally {
      unsubscribe();
      this.#telemetry.close();
      this.#logs.close();
    }
  }

  async #start(): Promise<void> {
    const { config } = this.#loaded;
    await this.#step('failed to setup HTTP getHealth server', () => this.#listen(config));
    const access = nomadAccess(config.nomad, this.#parts.env);
    await this.#step('failed to start the nomad client', () => checkAccess(access));
    if (!config.highAvailability.enabled) {
      return this.#step('failed to start agent', () => this.#work(this.#ending.signal));
    }
    const lock = lockOf(config);
    await this.#step('failed to start locker', async () => checkLock(lock));
    const { namespace, path, ttlMs, delayMs } = lock;
    this.#log.info('running in HA mode', {
      ...{ lock_namespace: namespace, lock_path: path },
      ...{ lock_ttl: formatDuration(ttlMs), lock_delay: formatDuration(delayMs) },
    });
    await this.#step('failed to start agent', () => {
      this.#election = this.#takePart(lock, access);
      return this.#election;
    });
  }

  /** Plugins, policies and scaling, by the configuration that is in force. @param signal  ends what has not begun. */
  async #work(signal: AbortSignal): Promise<void> {
    await this.#reloading?.catch(() => undefined); // begun while another agent led; it is told of where it failed
    const { config } = this.#loaded;
    const { Running } = await import('./running.ts');
    const running = await Running.create(config, this.#parts, this.#logs.root, this.#telemetry.store);
    if (signal.aborted) return running.stop();
    this.#running = running;
    await running.start(config, nomadAccess(config.nomad, this.#parts.env));
  }

  async #takePart(lock: LockSpec, { settings }: NomadAccess): Promise<void> {
    const { clock, random, env } = this.#parts;
    const log = this.#log.named('election');
    const way = await WayToLock.open(settings, { clock, random, log, env });
    this.#wayToLock = way;
    const gauge = this.#telemetry.store.gauge('election.leader');
    const onRole = (role: Role) => {
      this.#role = role;
      gauge.set(role === 'leader' ? 1 : 0);
    };
    const onTrouble = (problem: string | undefined) => {
      this.#electionProblem = problem;
    };
    const leading = {
      start: (signal: AbortSignal) => this.#work(signal),
      stop: async () => {
        await this.#running?.stop();
        this.#running = undefined;
      },
    };
    try {
      const options = { client: way.client, lock, clock, random, log, onRole, onTrouble };
      await takePart(leading, options, this.#ending.signal);
    } finally {
      await way.close();
    }
  }

  async #step(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (isAbort(cause)) throw cause;
      throw new StartFailure(failure, { cause });
    }
  }

  async #listen({ http, enableDebug }: AgentConfig): Promise<void> {
    const view = agentView({
      telemetry: () => this.#telemetry,
      running: () => this.#running,
      role: () => this.#role,
      isStopping: () => this.#isStopping,
      problems: () => [this.#reloadProblem, this.#electionProblem].filter((problem) => problem !== undefined),
      warnings: () => this.#loaded.warnings,
      reload: () => this.#reload(),
    });
    const { clock } = this.#parts;
    const log = this.#log.named('http_server');
    this.#http = serveHttp({ ...http, view, log, clock, debug: enableDebug });
    await this.#http;
  }

  #fail(error: unknown): void {
    if (this.#isStopping) return; // it was stopped while it started
    this.#isStopping = true;
    const [message, cause] =
      error instanceof StartFailure ? [error.message, error.cause] : ['failed to start agent', error];
    this.#log.error(message, { error: explain(cause) });
    this.#end(1);
  }

  #onSignal(signal: AgentSignal): void {
    if (signal === 'SIGUSR1') {
      this.#parts.write(this.#telemetry.store.dump());
      return;
    }
    this.#log.info('caught signal', { signal: names[signal] });
    if (signal === 'SIGHUP') {
      this.#reload().catch(() => undefined); // it is logged where it failed
    } else if (this.#isStopping) {
      this.#log.warn('leaving at once', { still_scaling: this.#stillScaling() });
      this.#running?.killPlugins();
      this.#stopped.resolve(1);
    } else {
      this.#isStopping = true;
      this.#end(0);
    }
  }

  /** One at a time; whoever asks while one runs gets the next, together with all others who ask. */
  #reload(): Promise<void> {
    if (this.#reloading === undefined) {
      this.#reloading = this.#reloadNow().finally(() => {
        this.#reloading = undefined;
      });
      return this.#reloading;
    }
    this.#reloadAgain ??= this.#reloading
      .catch(() => undefined) // who asked for that one was told
      .then(() => {
        this.#reloadAgain = undefined;
        return this.#reload();
      });
    return this.#reloadAgain;
  }

  /** The same computation as at the start. What does not hold changes nothing. */
  async #reloadNow(): Promise<void> {
    const standsBy = this.#role === 'standby';
    if (this.#isStopping || !(standsBy || this.#running?.isStarted)) {
      const error = new HttpError(503, this.#isStopping ? 'the agent is stopping' : 'the agent is still starting');
      this.#log.error('failed to reload Autoscaler configuration', { error });
      throw error;
    }
    this.#log.info('reloading Autoscaler configuration');
    const before = this.#loaded.config;
    try {
      const loaded = await loadAgentConfig(this.#inputs, this.#parts, this.#reader);
      const access = nomadAccess(loaded.config.nomad, this.#parts.env);
      await checkAccess(access);
      await this.#wayToLock?.follow(access.settings);
      this.#loaded = loaded;
      this.#reloadProblem = undefined;
      this.#logs.setLevel(levelOf(loaded.config));
      this.#warn([...loaded.warnings, ...needsRestart(before, loaded.config)]);
      await this.#running?.reload(loaded.config, access);
    } catch (error) {
      this.#reloadProblem = `the configuration was not reloaded: ${explain(error)}`;
      this.#log.error('failed to reload Autoscaler configuration', { error: explain(error) });
      throw error;
    }
  }

  #end(status: number): void {
    this.#close()
      .catch((error) => this.#log.error('failed to stop', { error: explain(error) }))
      .finally(() => this.#stopped.resolve(status));
  }

  async #close(): Promise<void> {
    const http = await this.#http?.catch(() => undefined); // it failed, and was told of
    http?.stopServing();
    this.#ending.abort();
    await this.#election?.catch(() => undefined); // it is told of where it failed
    await this.#running?.stop();
    await http?.close();
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.#log.warn('configuration deserves a look', { warning });
  }

  #stillScaling(): readonly string[] {
    const policies = this.#running?.policies() ?? [];
    return policies.filter(({ id }) => this.#running?.state(id)?.phase === 'scaling').map(({ name }) => name);
  }
}

const names = { SIGHUP: 'hangup', SIGINT: 'interrupt', SIGTERM: 'terminated' } as const;

function levelOf({ logLevel }: AgentConfig) {
  return parseLogLevel(logLevel) ?? 'info';
}

function lockOf({ highAvailability }: AgentConfig): LockSpec {
  const { lockNamespace, lockPath, lockTtlMs, lockDelayMs } = highAvailability;
  return { namespace: lockNamespace, path: lockPath, ttlMs: lockTtlMs, delayMs: lockDelayMs };
}
