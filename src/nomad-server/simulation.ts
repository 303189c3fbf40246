/** What no Nomad API offers: clients that come and go, at will. Compat: spec nomad-api.md §14. */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Node } from '../nomad/node-types.ts';
import { isTerminal } from './allocation.ts';
import type { Clients } from './clients.ts';
import { newId } from './identity.ts';
import { type NodeSpec, type NodeSurroundings, nodeRecord } from './node-record.ts';
import type { Nodes } from './nodes.ts';
import { disconnectOf, lostAt } from './scheduler/disconnect.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

export interface SimulationParts {
  readonly world: World;
  readonly store: StateStore;
  readonly nodes: Nodes;
  readonly clients: Clients;
  readonly timers: Timers;
  readonly around: Omit<NodeSurroundings, 'nowMs'>;
  /** Least time between two heartbeats, and how long after it one counts as missed. Spec nomad-scheduler.md §15. */
  readonly heartbeatMs: number;
  /** The first client is that of the server's own agent. */
  readonly isClient: boolean;
}

const heartbeatsPerSecond = 50;
/** So long it takes an agent to find out everything about its machine. */
const lookAroundMs = 3000;

export class Simulation {
  readonly #parts: SimulationParts;
  /** By ID: nodes whose clients fell silent, and which count as ready until their heartbeats are missed. */
  readonly #silent = new Map<string, Cancel>();

  constructor(parts: SimulationParts) {
    this.#parts = parts;
  }

  /** A client registers and is ready at once. @returns its ID. */
  join(spec: NodeSpec): string {
    const { world, store, nodes, around } = this.#parts;
    const id = spec.id ?? newId(world.random);
    this.#noLongerSilent(id);
    const record = nodeRecord(id, spec, { ...around, nowMs: world.clock.now() });
    nodes.register({ ...record, Status: 'initializing' });
    const registered = store.node(id);
    if (registered !== undefined) nodes.setStatus(registered, 'ready', undefined);
    if (this.#parts.isClient && store.state.nodes.size === 1) {
      this.#parts.timers.after(lookAroundMs, () => nodes.registerAgain(id));
    }
    return id;
  }

  /** The client stops answering, and its heartbeat is missed: its node goes down, or is disconnected. */
  leave(node: Node): void {
    const { world, clients, nodes } = this.#parts;
    this.#noLongerSilent(node.ID);
    clients.freeze(node.ID);
    if (node.Status === 'down' || node.Status === 'disconnected') return;
    world.log.named('nomad.heartbeat').warn('node TTL expired', { node_id: node.ID });
    nodes.setStatus(node, this.#mayReturn(node) ? 'disconnected' : 'down', 'Node heartbeat missed');
  }

  /** Something on the node may outlive that nobody hears of it. Compat: spec nomad-scheduler.md §15. */
  #mayReturn(node: Node): boolean {
    const { store, world } = this.#parts;
    const nowMs = world.clock.now();
    return [...store.allocationsOfNode(node.ID)].some(
      (one) => !isTerminal(one) && disconnectOf(one) !== undefined && lostAt(one, nowMs) > nowMs,
    );
  }

  /** The client stops answering, and nobody knows yet: its node goes down when its heartbeat is missed, in 20 to 30 s by default. */
  fallSilent({ ID: id }: Node): void {
    if (this.#silent.has(id)) return;
    const { clients, store, timers, world, heartbeatMs } = this.#parts;
    clients.freeze(id);
    const ttlMs = Math.max(heartbeatMs, (store.state.nodes.size * 1000) / heartbeatsPerSecond);
    const missed = timers.after(ttlMs * (1 + world.random()) + heartbeatMs, () => {
      this.#noLongerSilent(id);
      const node = store.node(id);
      if (node !== undefined) this.leave(node);
    });
    this.#silent.set(id, missed);
  }

  #noLongerSilent(id: string): void {
    this.#silent.get(id)?.();
    this.#silent.delete(id);
  }

  /** A client that left or fell silent answers again. */
  comeBack(node: Node): void {
    const { clients, nodes } = this.#parts;
    this.#noLongerSilent(node.ID);
    const message = node.Status === 'disconnected' ? undefined : 'Node reregistered by heartbeat';
    if (node.Status !== 'ready') nodes.setStatus(node, 'ready', message);
    clients.thaw(node.ID);
  }

  /** @param name  a node's name or ID. */
  find(name: string): Node | undefined {
    const { store } = this.#parts;
    const byId = store.node(name);
    if (byId !== undefined) return byId;
    for (const node of store.nodes()) if (node.Name === name) return node;
    return undefined;
  }
}
