/** What can be done to a node; each is one write with the evaluations that it calls for. Spec nomad-scheduler.md §14–15. */
import type { World } from '../lib/world.ts';
import type { DrainSpec, Node, NodeEligibility, NodeStatus } from '../nomad/node-types.ts';
import type { Strings } from '../nomad/types.ts';
import { evaluationOf, jobsOfNode } from './evaluations.ts';
import { newId, toMilliseconds, toTimestamp } from './identity.ts';
import { nodeEvent } from './node-record.ts';
import type { NodePool } from './state.ts';
import type { StateStore } from './state-store.ts';
import type { Transaction } from './transaction.ts';

/** Events kept per node. */
const mostEvents = 10;

/** What a write of a node tells its caller. */
export interface NodeWrite {
  readonly index: number;
  readonly evaluationIds: readonly string[];
}

/** How a drain is to begin, change or end. */
export interface DrainWish {
  /** null ends it. */
  readonly spec: DrainSpec | null;
  readonly markEligible: boolean;
  readonly meta: Strings | null;
  /** Of the token that asks; '' while there are no ACLs. */
  readonly accessor: string;
}

export class Nodes {
  readonly #world: World;
  readonly #store: StateStore;

  constructor(world: World, store: StateStore) {
    this.#world = world;
    this.#store = store;
  }

  /** A new node, or one that comes back: it keeps what the server decided about it. */
  register(node: Node): NodeWrite {
    const before = this.#store.node(node.ID);
    const kept = before && {
      ...{ SchedulingEligibility: before.SchedulingEligibility, Drain: before.Drain },
      ...{ DrainStrategy: before.DrainStrategy, LastDrain: before.LastDrain },
      Events: withEvent(before, nodeEvent('Node re-registered', 'Cluster', this.#now(), this.#store.index + 1)),
    };
    return this.#write((tx) => {
      this.#ensurePool(tx, node.NodePool);
      const after = { ...node, ...kept };
      tx.putNode(after);
      return after.Status === 'ready' ? this.#evaluate(tx, after) : [];
    });
  }

  /** A client that found out more about its machine tells so; nobody has to act on it. */
  registerAgain(id: string): void {
    const node = this.#store.node(id);
    if (node === undefined) return;
    this.#write((tx) => {
      tx.putNode(node);
      return [];
    });
  }

  /** @param message  of the node's event; none without. */
  setStatus(node: Node, status: NodeStatus, message: string | undefined): NodeWrite {
    return this.#write((tx) => {
      const after: Node = {
        ...node,
        Status: status,
        StatusUpdatedAt: Math.floor(tx.nowMs / 1000),
        LastMissedHeartbeatIndex: status === 'ready' ? 0 : tx.index,
        ...(status === 'down' && node.DrainStrategy !== null ? { Drain: false, DrainStrategy: null } : {}),
        ...(message === undefined
          ? {}
          : { Events: withEvent(node, nodeEvent(message, 'Cluster', tx.nowMs, tx.index)) }),
      };
      tx.putNode(after);
      return this.#evaluate(tx, after);
    });
  }

  /** @returns undefined when nothing changes. */
  setEligibility(node: Node, eligibility: NodeEligibility): NodeWrite | undefined {
    if (node.SchedulingEligibility === eligibility) return undefined;
    return this.#write((tx) => {
      const message = `Node marked as ${eligibility} for scheduling`;
      const after: Node = {
        ...node,
        SchedulingEligibility: eligibility,
        Events: withEvent(node, nodeEvent(message, 'Cluster', tx.nowMs, tx.index)),
      };
      tx.putNode(after);
      return eligibility === 'eligible' ? this.#evaluate(tx, after) : [];
    });
  }

  /** Begins, changes or (without a spec) ends a drain. */
  setDrain(node: Node, { spec, markEligible, meta, accessor }: DrainWish): NodeWrite {
    return this.#write((tx) => {
      const by = { meta, accessor: `token:${accessor || 'acls-disabled'}` };
      const after = spec === null ? drainEnded(node, markEligible, by, tx) : drainBegun(node, spec, by, tx);
      tx.putNode(after);
      return spec === null && markEligible ? this.#evaluate(tx, after) : [];
    });
  }

  /** The drain is over: nothing is left, or the deadline passed. */
  completeDrain(node: Node, isForced: boolean): void {
    this.#write((tx) => {
      const details = isForced ? { deadline_reached: 'true' } : null;
      tx.putNode({
        ...node,
        ...{ Drain: false, DrainStrategy: null },
        LastDrain: node.LastDrain && { ...node.LastDrain, Status: 'complete', UpdatedAt: second(tx.nowMs) },
        Events: withEvent(node, nodeEvent('Node drain complete', 'Drain', tx.nowMs, tx.index, details)),
      });
      return [];
    });
  }

  purge(node: Node): NodeWrite {
    return this.#write((tx) => {
      tx.deleteNode(node.ID);
      return this.#evaluate(tx, node);
    });
  }

  evaluate(node: Node): NodeWrite {
    return this.#write((tx) => this.#evaluate(tx, node));
  }

  #evaluate(tx: Transaction, node: Node): readonly string[] {
    return jobsOfNode(this.#store, node).map((job) => {
      const id = newId(this.#world.random);
      const facts = { TriggeredBy: 'node-update', NodeID: node.ID, NodeModifyIndex: tx.index };
      tx.putEvaluation(evaluationOf(id, job, facts));
      return id;
    });
  }

  #ensurePool(tx: Transaction, name: string): void {
    if (this.#store.state.nodePools.get(name) === undefined) tx.putNodePool(newPool(name, ''));
  }

  #write(write: (tx: Transaction) => readonly string[]): NodeWrite {
    return this.#store.transact(this.#now(), (tx) => ({ evaluationIds: write(tx), index: tx.index }));
  }

  #now(): number {
    return this.#world.clock.now();
  }
}

export function newPool(name: string, description: string): NodePool {
  return {
    ...{ Name: name, Description: description, Meta: null, NodeIdentityTTL: 86_400_000_000_000, Hash: null },
    ...{ SchedulerConfiguration: null, CreateIndex: 0, ModifyIndex: 0 },
  };
}

const second = (ms: number) => toTimestamp(Math.floor(ms / 1000) * 1000);

function withEvent(node: Node, event: NonNullable<Node['Events']>[number]): Node['Events'] {
  return [...(node.Events ?? []), event].slice(-mostEvents);
}

interface Drainer {
  readonly meta: Strings | null;
  /** As nodes name it. */
  readonly accessor: string;
}

function drainBegun(node: Node, spec: DrainSpec, { meta, accessor }: Drainer, tx: Transaction): Node {
  const isUpdate = node.DrainStrategy !== null;
  const startedAt = node.DrainStrategy?.StartedAt ?? toTimestamp(tx.nowMs);
  const deadline = spec.Deadline > 0 ? toTimestamp(tx.nowMs + toMilliseconds(spec.Deadline)) : null;
  const message = isUpdate ? 'Node drain strategy updated' : 'Node drain strategy set';
  return {
    ...node,
    Drain: true,
    DrainStrategy: { ...spec, ForceDeadline: deadline, StartedAt: startedAt },
    SchedulingEligibility: 'ineligible',
    LastDrain: {
      StartedAt: isUpdate ? (node.LastDrain?.StartedAt ?? second(tx.nowMs)) : second(tx.nowMs),
      UpdatedAt: second(tx.nowMs),
      ...{ Status: 'draining', AccessorID: accessor, Meta: meta ?? (isUpdate ? (node.LastDrain?.Meta ?? null) : null) },
    },
    Events: withEvent(node, nodeEvent(message, 'Drain', tx.nowMs, tx.index)),
  };
}

function drainEnded(node: Node, markEligible: boolean, { meta, accessor }: Drainer, tx: Transaction): Node {
  const isDraining = node.DrainStrategy !== null;
  return {
    ...node,
    ...{ Drain: false, DrainStrategy: null },
    SchedulingEligibility: markEligible ? 'eligible' : node.SchedulingEligibility,
    LastDrain: isDraining
      ? {
          StartedAt: node.LastDrain?.StartedAt ?? second(tx.nowMs),
          UpdatedAt: second(tx.nowMs),
          ...{ Status: 'canceled', AccessorID: accessor, Meta: meta ?? node.LastDrain?.Meta ?? null },
        }
      : node.LastDrain,
    Events: isDraining ? withEvent(node, nodeEvent('Node drain disabled', 'Drain', tx.nowMs, tx.index)) : node.Events,
  };
}
