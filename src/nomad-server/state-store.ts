/** The state of the embedded Nomad: read freely, written one transaction at a time. */
import type { Cancel } from '../lib/clock.ts';
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import type { Commit } from './commit.ts';
import { jobKey } from './identity.ts';
import type { SavedState } from './saved-state.ts';
import type { Snapshot } from './scheduler/plan.ts';
import {
  type Namespace,
  type NodePool,
  newState,
  noUsage,
  type SchedulerConfiguration,
  type State,
  type Usage,
} from './state.ts';
import { loadTables } from './state-load.ts';
import { Transaction } from './transaction.ts';
import { Watches } from './watch.ts';

/**
 * Indexes that are left out when a state is taken up. A crash loses the writes since it was kept; whoever has seen
 * their indexes waits for higher ones, and would not hear of writes that have them a second time.
 */
const leftOut = 100_000;

export class StateStore implements Snapshot {
  readonly state: State = newState();
  readonly watches = new Watches();
  readonly #listeners = new Set<(commit: Commit) => void>();
  readonly #commits: Commit[] = [];
  #telling = false;
  #index = 0;
  #schedulerConfiguration: SchedulerConfiguration = defaultSchedulerConfiguration;

  /** The index of the last write. */
  get index(): number {
    return this.#index;
  }

  get nodesIndex(): number {
    return this.state.nodes.index;
  }

  get schedulerConfiguration(): SchedulerConfiguration {
    return this.#schedulerConfiguration;
  }

  /**
   * Runs one write. Listeners hear of it in the order in which they came, and of a write that a listener makes after
   * the present one; then waiting readers are called.
   *
   * @returns what `write` returns.
   */
  transact<T>(nowMs: number, write: (transaction: Transaction) => T): T {
    this.#index++;
    const transaction = new Transaction(this.state, this.#index, nowMs);
    const result = write(transaction);
    const { commit, touched } = transaction.finish();
    this.#commits.push(commit);
    this.watches.wake(touched);
    this.#tell();
    return result;
  }

  /** Takes up what was kept, into an empty store. Nobody is told: see `announce`. */
  load({ index, schedulerConfiguration, tables }: SavedState): void {
    this.#index = index + leftOut;
    this.#schedulerConfiguration = schedulerConfiguration;
    loadTables(this.state, tables);
  }

  /** Tells the listeners what they are to take up; nothing is written. */
  announce(rows: Pick<Commit, 'nodes' | 'jobs' | 'evaluations' | 'allocations' | 'deployments'>, nowMs: number): void {
    this.#commits.push({ ...rows, index: this.#index, nowMs, nodePools: [], isTakenUp: true });
    this.#tell();
  }

  /** Calls `listener` after every write. */
  onCommit(listener: (commit: Commit) => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  putNamespace(nowMs: number, namespace: Namespace): void {
    this.transact(nowMs, (tx) => {
      const before = this.state.namespaces.get(namespace.Name);
      const row = { ...namespace, CreateIndex: before?.CreateIndex ?? tx.index, ModifyIndex: tx.index };
      this.state.namespaces.put(tx.index, namespace.Name, row);
      tx.touch('namespaces');
    });
  }

  deleteNamespace(nowMs: number, name: string): void {
    this.transact(nowMs, (tx) => {
      this.state.namespaces.delete(tx.index, name);
      tx.touch('namespaces');
    });
  }

  putNodePool(nowMs: number, pool: NodePool): void {
    this.transact(nowMs, (tx) => tx.putNodePool(pool));
  }

  putSchedulerConfiguration(nowMs: number, configuration: SchedulerConfiguration): void {
    this.transact(nowMs, (tx) => {
      const before = this.#schedulerConfiguration.CreateIndex;
      this.#schedulerConfiguration = { ...configuration, CreateIndex: before || tx.index, ModifyIndex: tx.index };
    });
  }

  job(namespace: string, id: string): Job | undefined {
    return this.state.jobs.get(jobKey(namespace, id));
  }

  nodes(): Iterable<Node> {
    return this.state.nodes.values();
  }

  /** Jobs that run on every node that suits them. */
  systemJobs(): Iterable<Job> {
    return this.state.systemJobs.values();
  }

  node(id: string): Node | undefined {
    return this.state.nodes.get(id);
  }

  allocation(id: string): Allocation | undefined {
    return this.state.allocations.get(id);
  }

  allocationsOfJob(namespace: string, id: string): Iterable<Allocation> {
    return this.state.allocationsByJob.of(jobKey(namespace, id)).values();
  }

  allocationsOfNode(id: string): Iterable<Allocation> {
    return this.state.allocationsByNode.of(id).values();
  }

  evaluationsOfJob(namespace: string, id: string): Iterable<Evaluation> {
    return this.state.evaluationsByJob.of(jobKey(namespace, id)).values();
  }

  usage(nodeId: string): Usage {
    return this.state.usage.get(nodeId) ?? noUsage;
  }

  deploymentsOfJob(namespace: string, id: string): Iterable<Deployment> {
    return this.state.deploymentsByJob.of(jobKey(namespace, id)).values();
  }

  latestDeployment(namespace: string, jobId: string): Deployment | undefined {
    let latest: Deployment | undefined;
    for (const one of this.deploymentsOfJob(namespace, jobId)) {
      if (latest === undefined || one.CreateIndex > latest.CreateIndex) latest = one;
    }
    return latest;
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let commit = this.#commits.shift(); commit !== undefined; commit = this.#commits.shift()) {
        for (const listener of this.#listeners) listener(commit);
      }
    } finally {
      this.#telling = false;
    }
  }
}

/** Of a Nomad that nobody configured. */
export const defaultSchedulerConfiguration: SchedulerConfiguration = {
  SchedulerAlgorithm: 'binpack',
  PreemptionConfig: {
    SystemSchedulerEnabled: true,
    SysBatchSchedulerEnabled: false,
    BatchSchedulerEnabled: false,
    ServiceSchedulerEnabled: false,
  },
  MemoryOversubscriptionEnabled: false,
  RejectJobRegistration: false,
  PauseEvalBroker: false,
  NodeLimitForFeasibilityChecks: 0,
  CreateIndex: 0,
  ModifyIndex: 0,
};
