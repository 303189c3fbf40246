/** What no Nomad API offers: clients that come and go, at will. Compat: spec nomad-api.md §14. */
import type { World } from '../lib/world.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Clients } from './clients.ts';
import { newId } from './identity.ts';
import { type NodeSpec, type NodeSurroundings, nodeRecord } from './node-record.ts';
import type { Nodes } from './nodes.ts';
import type { StateStore } from './state-store.ts';

export interface SimulationParts {
  readonly world: World;
  readonly store: StateStore;
  readonly nodes: Nodes;
  readonly clients: Clients;
  readonly around: Omit<NodeSurroundings, 'nowMs'>;
}

export class Simulation {
  readonly #parts: SimulationParts;

  constructor(parts: SimulationParts) {
    this.#parts = parts;
  }

  /** A client joins, ready at once. @returns its ID. */
  join(spec: NodeSpec): string {
    const { world, nodes, around } = this.#parts;
    const id = spec.id ?? newId(world.random);
    nodes.register(nodeRecord(id, spec, { ...around, nowMs: world.clock.now() }));
    return id;
  }

  /** The client stops answering: its node goes down and its allocations are lost. */
  leave(node: Node): void {
    const { clients, nodes } = this.#parts;
    clients.freeze(node.ID);
    if (node.Status !== 'down') nodes.setStatus(node, 'down', 'Node heartbeat missed');
  }

  /** A client that left answers again. */
  comeBack(node: Node): void {
    const { clients, nodes } = this.#parts;
    if (node.Status !== 'ready') nodes.setStatus(node, 'ready', 'Node reregistered by heartbeat');
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
