/** The ports that servers get with a host, and the addresses on them. */
import type { Setting } from './config.ts';
import { newUuid } from './identifier.ts';
import type { PortRecord, ServerRecord, State } from './state.ts';

export class Ports {
  readonly #setting: Setting;
  readonly #state: State;
  readonly #random: () => number;
  #given = 1;

  constructor(setting: Setting, state: State, random: () => number) {
    this.#setting = setting;
    this.#state = state;
    this.#random = random;
  }

  /** A port on each network of the server, in order. */
  bind({ id, networkIds, zone }: ServerRecord): void {
    for (const networkId of networkIds) {
      const network = this.#setting.networks.find((one) => one.id === networkId);
      if (network === undefined) continue;
      const portId = newUuid(this.#random);
      this.#state.ports.set(portId, {
        ...{ id: portId, serverId: id, networkId, subnetId: network.subnetId, zone },
        address: this.nextAddress(network.prefix),
        mac: `fa:16:3e:${portId.slice(0, 2)}:${portId.slice(2, 4)}:${portId.slice(4, 6)}`,
      });
    }
  }

  /** The ports go with their server; floating IPs stay and lead nowhere. */
  unbind(serverId: string): void {
    for (const port of this.of(serverId)) {
      this.#state.ports.delete(port.id);
      for (const ip of this.#state.floatingIps.values()) {
        if (ip.portId === port.id) this.#state.floatingIps.set(ip.id, { ...ip, portId: undefined });
      }
    }
  }

  of(serverId: string): readonly PortRecord[] {
    return [...this.#state.ports.values()].filter((port) => port.serverId === serverId);
  }

  /** Never the same twice. */
  nextAddress(prefix: string): string {
    const at = this.#given++;
    return `${prefix}.${Math.floor(at / 250) % 250}.${(at % 250) + 2}`;
  }
}
