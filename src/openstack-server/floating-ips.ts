/** Floating IPs: public addresses that lead to a port, and stay when it goes. */
import type { JsonObject } from '../lib/json.ts';
import { textOf } from './call.ts';
import type { Setting } from './config.ts';
import { isUuid, newUuid } from './identifier.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './refusal.ts';
import type { FloatingIpRecord, State } from './state.ts';

export interface FloatingIpParts {
  readonly setting: Setting;
  readonly state: State;
  readonly ports: Ports;
  readonly random: () => number;
  readonly now: () => number;
}

export class FloatingIps {
  readonly #parts: FloatingIpParts;

  constructor(parts: FloatingIpParts) {
    this.#parts = parts;
  }

  get(id: string): FloatingIpRecord {
    const ip = this.#parts.state.floatingIps.get(id);
    if (ip === undefined) throw new Refusal(404, `Floating IP ${id} could not be found`, 'FloatingIPNotFound');
    return ip;
  }

  create(wanted: JsonObject): FloatingIpRecord {
    const { setting, state, ports, random, now } = this.#parts;
    const networkId = textOf(wanted, 'floating_network_id') ?? '';
    const network = setting.networks.find((one) => one.id === networkId);
    if (network === undefined) throw new Refusal(404, `Network ${networkId} could not be found.`, 'NetworkNotFound');
    if (!network.isExternal) {
      throw new Refusal(
        400,
        `Bad floatingip request: Network ${networkId} is not a valid external network.`,
        'BadRequest',
      );
    }
    if (state.floatingIps.size >= setting.quota.floatingIps) {
      throw new Refusal(409, "Quota exceeded for resources: ['floatingip'].", 'OverQuota');
    }
    const id = newUuid(random);
    const portId = this.#freePort(id, networkId, textOf(wanted, 'port_id'));
    const address = ports.nextAddress(network.prefix);
    const ip = { id, networkId, address, portId, description: textOf(wanted, 'description') ?? '', createdAt: now() };
    state.floatingIps.set(id, ip);
    return ip;
  }

  /** Leads it elsewhere, or nowhere (`port_id` null), or describes it anew. */
  update(id: string, wanted: JsonObject): FloatingIpRecord {
    const before = this.get(id);
    const portId = 'port_id' in wanted ? textOf(wanted, 'port_id') : before.portId;
    if (portId !== before.portId) this.#freePort(id, before.networkId, portId);
    const after = { ...before, portId, description: textOf(wanted, 'description') ?? before.description };
    this.#parts.state.floatingIps.set(id, after);
    return after;
  }

  delete(id: string): void {
    this.#parts.state.floatingIps.delete(this.get(id).id);
  }

  /** @throws 404 for a port that is not there, 409 for one to which another leads. */
  #freePort(id: string, networkId: string, portId: string | undefined): string | undefined {
    const { state } = this.#parts;
    if (portId === undefined) return undefined;
    if (!isUuid(portId)) {
      const why = `Invalid input for port_id. Reason: '${portId}' is not a valid UUID.`;
      throw new Refusal(400, why, 'HTTPBadRequest');
    }
    const port = state.ports.get(portId);
    if (port === undefined) throw new Refusal(404, `Port ${portId} could not be found.`, 'PortNotFound');
    for (const other of state.floatingIps.values()) {
      if (other.portId !== portId || other.id === id) continue;
      const what = `floating IP ${other.address} (${id}) with port ${portId} using fixed IP ${port.address}`;
      const why = `as that fixed IP already has a floating IP on external network ${networkId}`;
      throw new Refusal(409, `Cannot associate ${what}, ${why}.`, 'FloatingIPPortAlreadyAssociated');
    }
    return portId;
  }
}
