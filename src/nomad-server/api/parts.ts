/** What the handlers work with. */

import type { World } from '../../lib/world.ts';
import type { Opaque } from '../../nomad/types.ts';
import type { Acl } from '../acl.ts';
import type { BlockedEvals } from '../blocked-evals.ts';
import type { Clients } from '../clients.ts';
import type { Deployments } from '../deployments.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { EvalBroker } from '../eval-broker.ts';
import type { EventLog } from '../event-log.ts';
import type { Gc } from '../gc.ts';
import type { Jobs } from '../jobs.ts';
import type { LoadModel } from '../load.ts';
import type { LogTap } from '../log-tap.ts';
import type { Nodes } from '../nodes.ts';
import type { PeriodicLauncher } from '../periodic-launcher.ts';
import type { Scaler } from '../scale.ts';
import type { Simulation } from '../simulation.ts';
import type { StateStore } from '../state-store.ts';
import type { Variables } from '../variables.ts';
import type { Reader } from './blocking.ts';
import type { RpcTimes } from './rpc-times.ts';

export interface ApiParts {
  readonly world: World;
  readonly store: StateStore;
  readonly reader: Reader;
  readonly jobs: Jobs;
  readonly clients: Clients;
  readonly deployments: Deployments;
  readonly dispatcher: Dispatcher;
  readonly periodic: PeriodicLauncher;
  readonly scaler: Scaler;
  readonly nodes: Nodes;
  readonly broker: EvalBroker;
  readonly events: EventLog;
  readonly gc: Gc;
  readonly variables: Variables;
  readonly blocked: BlockedEvals;
  readonly load: LoadModel;
  readonly acl: Acl;
  readonly logTap: LogTap;
  readonly simulation: Simulation;
  readonly rpcTimes: RpcTimes;
  /** The most allocations that one job may want. */
  readonly jobMaxCount: number;
  readonly identity: ServerIdentity;
}

/** Who the server says it is. */
export interface ServerIdentity {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly datacenter: string;
  readonly version: string;
  /** `host:port` of the API. */
  readonly httpAddress: string;
  /** `host:port` where a Nomad server would listen for RPC. */
  readonly rpcAddress: string;
  readonly startedAtMs: number;
  /** The agent is the first client too, and not a server only. */
  readonly isClient: boolean;
  /** What the configuration of its agent says, in the words of `GET /v1/agent/self`; the rest is as by default. */
  readonly settings: Opaque;
  /** Calls of walkthroughs of old are answered as they were then. */
  readonly legacy: boolean;
}
