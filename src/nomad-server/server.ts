/**
 * The embedded Nomad: state in memory, simulated clients, Nomad's HTTP API as a function. It is no production Nomad;
 * it serves the first steps, tests and what-if runs.
 */
import type { World } from '../lib/world.ts';
import type { Opaque } from '../nomad/types.ts';
import { Acl } from './acl.ts';
import { toldAllocation } from './api/allocation-json.ts';
import { guardOf, withoutPages } from './api/guard.ts';
import type { ApiRequest, ApiResponse } from './api/http.ts';
import type { ApiParts } from './api/parts.ts';
import { router } from './api/router.ts';
import { routesOf } from './api/routes.ts';
import { RpcTimes } from './api/rpc-times.ts';
import { BlockedEvals } from './blocked-evals.ts';
import { Clients } from './clients.ts';
import { DeploymentWatcher } from './deployment-watcher.ts';
import { Deployments } from './deployments.ts';
import { Dispatcher } from './dispatcher.ts';
import { Drainer } from './drainer.ts';
import type { Machine } from './drivers/machine.ts';
import { RealTasks } from './drivers/real-tasks.ts';
import { EvalBroker } from './eval-broker.ts';
import { EventLog } from './event-log.ts';
import { fetchFrom } from './fetch.ts';
import { Gc } from './gc.ts';
import { newId } from './identity.ts';
import { Jobs } from './jobs.ts';
import { LoadModel } from './load.ts';
import { LogTap } from './log-tap.ts';
import type { NodeSpec } from './node-record.ts';
import { Nodes, newPool } from './nodes.ts';
import { PeriodicLauncher } from './periodic-launcher.ts';
import type { SavedState } from './saved-state.ts';
import { Scaler } from './scale.ts';
import { schedule } from './scheduler/schedule.ts';
import { Simulation } from './simulation.ts';
import { captureState, reachedAt, takeUp } from './snapshot-store.ts';
import { StateStore } from './state-store.ts';
import { Timers } from './timers.ts';
import { usualPlace } from './usual-place.ts';
import { Variables } from './variables.ts';
import { Worker } from './worker.ts';

export interface NomadServerConfig {
  /** What another server left, to go on with. Without it everything begins empty. */
  readonly state?: SavedState;
  /** Clients that join at once. */
  readonly nodes?: readonly NodeSpec[];
  readonly region?: string;
  readonly datacenter?: string;
  readonly name?: string;
  /** `host:port` that the server tells clients about. */
  readonly httpAddress?: string;
  /** The Nomad version that it claims to be. */
  readonly version?: string;
  /** Milliseconds from a placement until its allocation runs. Default 300. */
  readonly startMs?: number;
  /** Milliseconds until a stopped allocation has ended. Default 100. */
  readonly stopMs?: number;
  /** Milliseconds after which an allocation counts as healthy at the latest, whatever its job says. Default: no limit. */
  readonly healthyMs?: number;
  /** Least milliseconds between two heartbeats of a client, and until one counts as missed. Default 10,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds that an evaluation takes which changes something. Default 0. */
  readonly evaluateMs?: number;
  /** Milliseconds between two looks of a client at what it has to report; 0, the default, reports everything at once. */
  readonly lookMs?: number;
  /** Only every so many looks a client reports what nobody is in a hurry for. Default 1. */
  readonly calmLooks?: number;
  /** Answers calls that Nomad no longer takes as it did then (`drain?enable=true` without a body). Default true. */
  readonly legacy?: boolean;
  /** The most allocations that one job may want. Default 50,000. */
  readonly jobMaxCount?: number;
  /** Only who has a token may do anything; the first comes from `PUT /v1/acl/bootstrap`. Default false. */
  readonly acl?: boolean;
  /** What the agent's configuration says, in the words of `GET /v1/agent/self`; told there, and no more than that. */
  readonly agentSettings?: Opaque;
  /** The agent that answers is the first client too; false for a server apart from its clients. Default true. */
  readonly client?: boolean;
  /** Where tasks of `raw_exec` and `exec` really run. Without it nothing is ever started. */
  readonly machine?: Machine;
}

export interface NomadServer {
  /** The HTTP API. Blocking reads end early, with what is there, when the request's signal aborts. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** The same in the shape of `fetch`. */
  fetch(request: Request): Promise<Response>;
  readonly store: StateStore;
  /** What is to be kept for another server. It stays as it is while this one goes on. */
  savedState(): SavedState;
  /** How busy the simulated jobs are. */
  readonly load: LoadModel;
  /** Clients that join and leave. */
  readonly simulation: Simulation;
  /** Ends what really runs, as the jobs ask for it, and gives the machine back. Resolves once nothing is left. */
  endTasks(): Promise<void>;
  /** Stops every timer; parked reads stay parked until their signals abort. */
  close(): void;
}

/** The Nomad whose answers are imitated. */
export const imitated = '2.0.6';

/** Starts an embedded Nomad. Nothing listens yet: see `listen.ts`. */
export function createNomadServer(given: { world: World; config?: NomadServerConfig }): NomadServer {
  const { config = {} } = given;
  const logTap = new LogTap();
  const world: World = { ...given.world, log: logTap.on(given.world.log) };
  const store = new StateStore();
  const httpAddress = config.httpAddress ?? `${usualPlace.host}:${usualPlace.port}`;
  if (config.state === undefined) bootstrap(store, world.clock.now());
  else store.load(reachedAt(config.state, httpAddress));
  const timers = new Timers(world.clock);
  const broker = new EvalBroker();
  const worker = new Worker({
    world,
    store,
    broker,
    timers,
    evaluateMs: config.evaluateMs ?? 0,
    schedulers: { service: schedule, batch: schedule, system: schedule, sysbatch: schedule },
  });
  const blocked = new BlockedEvals(store, (evaluation) => worker.enqueue(evaluation));
  const nodes = new Nodes(world, store);
  const { startMs = 300, stopMs = 100, healthyMs, lookMs = 0, calmLooks = 1, heartbeatMs = 10_000 } = config;
  const real = config.machine && new RealTasks(config.machine, world, (id) => store.node(id));
  const pace = { startMs, stopMs, healthyMs, lookMs, calmLooks };
  const clients = new Clients({ world, store, timers, real, pace });
  const jobs = new Jobs(world, store);
  const deployments = new Deployments(world, store, jobs);
  new DeploymentWatcher(world, store, timers, deployments);
  new Drainer(world, store, nodes, timers);
  const version = config.version ?? imitated;
  const around = { httpAddress, version, datacenter: config.datacenter ?? 'dc1' };
  const isClient = config.client ?? true;
  const simulation = new Simulation({ world, store, nodes, clients, timers, around, heartbeatMs, isClient });
  const load = new LoadModel((one) => clients.measured(one));
  const jobMaxCount = config.jobMaxCount ?? 50_000;
  const parts: ApiParts = {
    ...{ world, store, nodes, clients, jobs, deployments, broker, blocked, load, simulation },
    ...{ logTap, events: new EventLog(store, toldAllocation), rpcTimes: new RpcTimes() },
    acl: new Acl(world, store, config.acl ?? false),
    variables: new Variables(world, store, timers),
    gc: new Gc(world, store, timers),
    reader: { store, timers, random: world.random },
    dispatcher: new Dispatcher(world, store),
    periodic: new PeriodicLauncher(world, store, timers),
    scaler: new Scaler(world, store, jobMaxCount),
    jobMaxCount,
    identity: {
      id: newId(world.random),
      name: config.name ?? 'embedded',
      region: config.region ?? 'global',
      datacenter: config.datacenter ?? 'dc1',
      version,
      httpAddress,
      rpcAddress: '127.0.0.1:4647',
      startedAtMs: world.clock.now(),
      legacy: config.legacy ?? true,
      isClient,
      settings: config.agentSettings ?? {},
    },
  };
  if (config.state !== undefined) takeUp(config.state, parts);
  const answer = router(routesOf(parts), {
    region: parts.identity.region,
    log: world.log.named('nomad_server'),
    guard: real === undefined ? guardOf(parts) : withoutPages(guardOf(parts)),
  });
  const handle = parts.rpcTimes.timed(answer, () => world.clock.now());
  for (const node of config.nodes ?? []) simulation.join(node);
  return {
    handle,
    fetch: (request) => fetchFrom({ handle }, request),
    ...{ store, load, simulation },
    savedState: () => captureState(store, parts.acl),
    async endTasks() {
      await real?.close();
    },
    close() {
      worker.close();
      timers.close();
    },
  };
}

/** What is there before anybody did anything. Compat: the first client registers with the eighth write, as recorded. */
function bootstrap(store: StateStore, nowMs: number): void {
  const nothingOfOurs = () => store.transact(nowMs, () => undefined);
  store.putNamespace(nowMs, {
    ...{ Name: 'default', Description: 'Default shared namespace', Quota: '', Capabilities: null, Meta: null },
    ...{ NodePoolConfiguration: null, VaultConfiguration: null, ConsulConfiguration: null },
    ...{ OptionalExtraClaims: null, RequiredExtraClaims: null, Hash: 'C7UbjDwBK0dK8wQq7Izg7SJIzaV+lIo2X7wRtzY3pSw=' },
    ...{ CreateIndex: 0, ModifyIndex: 0 },
  });
  store.putNodePool(nowMs, newPool('all', 'Node pool with all nodes in the cluster.'));
  store.putNodePool(nowMs, newPool('default', 'Default node pool.'));
  nothingOfOurs(); // autopilot's configuration
  store.putSchedulerConfiguration(nowMs, store.schedulerConfiguration);
  nothingOfOurs(); // the cluster's ID
  nothingOfOurs(); // its first key
}
