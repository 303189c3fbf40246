/**
 * The life of the servers: `BUILD` with its tasks, `ACTIVE`, stopped and started, gone. What is asked comes from the API;
 * what becomes of it is told to those who run inside (`Guests`).
 */
import type { Setting } from './config.ts';
import type { Faults, ServerFaultKind } from './faults.ts';
import { newUuid } from './identifier.ts';
import type { NewServer } from './new-server.ts';
import { zoneFor } from './placement.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './refusal.ts';
import type { ServerRecord, State } from './state.ts';
import type { Timers } from './timers.ts';

/** Hears of what runs on the servers. A guest is up while its server is `ACTIVE`. */
export interface Guests {
  /** It has booted, for the first time or again. */
  readonly onActive?: (server: ServerRecord) => void;
  readonly onStopped?: (server: ServerRecord) => void;
  /** The server is no more, whatever it was before. */
  readonly onGone?: (server: ServerRecord) => void;
}

export interface ServersParts {
  readonly setting: Setting;
  readonly state: State;
  readonly ports: Ports;
  readonly faults: Faults;
  readonly timers: Timers;
  readonly guests: Guests;
  readonly random: () => number;
  readonly now: () => number;
}

type Change = Partial<Omit<ServerRecord, 'id'>>;

const noHost = 'No valid host was found. There are not enough hosts available.';
/** When a host has the image of the server, as a part of the boot time. */
const imageAfter = 0.3;

export class Servers {
  readonly #parts: ServersParts;

  constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  get(id: string): ServerRecord {
    const server = this.#parts.state.servers.get(id);
    if (server === undefined) throw new Refusal(404, `Instance ${id} could not be found.`);
    return server;
  }

  create(wanted: NewServer): ServerRecord {
    const { random, now, timers, state } = this.#parts;
    const at = now();
    const server: ServerRecord = {
      ...wanted,
      ...{ id: newUuid(random), status: 'BUILD', taskState: 'scheduling', zone: '' },
      ...{ createdAt: at, updatedAt: at, launchedAt: undefined, fault: undefined },
    };
    state.servers.set(server.id, server);
    timers.after(this.#placedMs, () => this.#place(server.id));
    return server;
  }

  /** From the request until a host has the server, or none. */
  get #placedMs(): number {
    const { bootMs, errorMs } = this.#parts.setting.pace;
    return Math.min(bootMs / 10, errorMs);
  }

  /** @throws 409 for one that never ran, or is in `ERROR`: as long as it builds, nothing can be noted on it. */
  setMetadata(id: string, metadata: ServerRecord['metadata'], doing = 'update metadata'): ServerRecord {
    this.#checkSettled(id, doing);
    return this.#change(id, { metadata });
  }

  /** @throws like `setMetadata`. */
  setTags(id: string, tags: readonly string[], doing: string): ServerRecord {
    this.#checkSettled(id, doing);
    return this.#change(id, { tags });
  }

  #checkSettled(id: string, doing: string): void {
    const server = this.get(id);
    if (server.status !== 'ACTIVE' && server.status !== 'SHUTOFF') throw inWrongState(server, doing);
  }

  stop(id: string): void {
    const server = this.get(id);
    if (server.zone === '') throw new Refusal(409, `Instance ${id} is not ready`);
    if (server.status !== 'ACTIVE') throw inWrongState(server, 'stop');
    if (server.taskState !== null) throw busy(server, 'stop');
    this.#change(id, { taskState: 'powering-off' });
    const fault = this.#fault(server, ['stop-ignored', 'stop-hangs']);
    if (fault === 'stop-hangs') return;
    this.#later(this.#parts.setting.pace.stopMs, id, 'powering-off', () => {
      const after = this.#change(
        id,
        fault === 'stop-ignored' ? { taskState: null } : { status: 'SHUTOFF', taskState: null },
      );
      if (after.status === 'SHUTOFF') this.#parts.guests.onStopped?.(after);
    });
  }

  start(id: string): void {
    const server = this.get(id);
    if (server.status !== 'SHUTOFF') throw inWrongState(server, 'start');
    if (server.taskState !== null) throw busy(server, 'start');
    this.#change(id, { taskState: 'powering-on' });
    this.#later(this.#parts.setting.pace.startMs, id, 'powering-on', () => this.#run(id));
  }

  /** @param force  not even kept for a while, where deleted servers are. */
  delete(id: string, force: boolean): void {
    const server = this.get(id);
    if (server.taskState === 'deleting') return;
    const fault = this.#fault(server, ['delete-fails', 'delete-hangs']);
    if (fault === undefined && (server.status === 'BUILD' || server.zone === '')) this.#remove(id);
    else if (this.#parts.setting.pace.reclaimMs > 0 && !force) this.#putAside(server);
    else this.#destroy(server, fault);
  }

  #destroy({ id }: ServerRecord, fault: ServerFaultKind | undefined): void {
    this.#change(id, { taskState: 'deleting' });
    if (fault === 'delete-hangs') return;
    this.#later(this.#parts.setting.pace.deleteMs, id, 'deleting', () => {
      if (fault === 'delete-fails') this.#fail(id, 400, 'injected fault: delete-fails');
      else this.#remove(id);
    });
  }

  /** Deferred deletion: the server stays, powered off and out of the lists, until it is reclaimed. */
  #putAside({ id, status }: ServerRecord): void {
    if (status === 'SOFT_DELETED') return;
    const after = this.#change(id, { status: 'SOFT_DELETED', taskState: null });
    if (status === 'ACTIVE') this.#parts.guests.onStopped?.(after);
    this.#parts.timers.after(this.#parts.setting.pace.reclaimMs, () => this.#remove(id));
  }

  #place(id: string): void {
    const { state, setting, ports } = this.#parts;
    const server = state.servers.get(id);
    if (server === undefined) return;
    const found = this.#hostFor(server);
    if ('why' in found) {
      this.#fail(id, 500, found.why);
      return;
    }
    const placed = this.#change(id, { zone: found.zone, taskState: 'block_device_mapping' });
    ports.bind(placed);
    const fault = this.#fault(placed, ['build-hangs', 'build-aborts']);
    const { bootMs } = setting.pace;
    this.#later(bootMs * imageAfter - this.#placedMs, id, 'block_device_mapping', () => {
      this.#change(id, { taskState: 'spawning' });
      if (fault === 'build-hangs') return;
      this.#later(bootMs * (1 - imageAfter), id, 'spawning', () => this.#boot(id, fault));
    });
  }

  #hostFor(server: ServerRecord): { readonly zone: string } | { readonly why: string } {
    if (this.#fault(server, ['no-valid-host']) !== undefined) return { why: noHost };
    const { zones, flavors, networks, serverGroups } = this.#parts.setting;
    const flavor = flavors.find((one) => one.id === server.flavorId);
    const group = serverGroups.find((one) => one.id === server.groupId);
    const zone = zoneFor(server, { zones, servers: this.#parts.state.servers.values(), flavor, group });
    if (zone === undefined) return { why: noHost };
    const isReachable = networks.every(({ id, isExternal }) => !isExternal || !server.networkIds.includes(id));
    if (isReachable) return { zone };
    return { why: `Build of instance ${server.id} aborted: Failed to allocate the network(s), not rescheduling.` };
  }

  #boot(id: string, fault: ServerFaultKind | undefined): void {
    if (fault === undefined) {
      this.#run(id);
      return;
    }
    this.#parts.ports.unbind(id);
    this.#change(id, { zone: '' });
    this.#fail(id, 500, `Build of instance ${id} aborted: injected fault: ${fault}`);
  }

  #run(id: string): void {
    const launchedAt = this.get(id).launchedAt ?? this.#parts.now();
    const server = this.#change(id, { status: 'ACTIVE', taskState: null, launchedAt });
    this.#parts.guests.onActive?.(server);
  }

  #fail(id: string, code: number, message: string): void {
    this.#change(id, { status: 'ERROR', taskState: null, fault: { code, message, at: this.#parts.now() } });
  }

  #remove(id: string): void {
    const { state, ports, guests } = this.#parts;
    const server = state.servers.get(id);
    if (server === undefined) return;
    state.servers.delete(id);
    ports.unbind(id);
    guests.onGone?.(server);
  }

  #change(id: string, change: Change): ServerRecord {
    const after = { ...this.get(id), ...change, updatedAt: this.#parts.now() };
    this.#parts.state.servers.set(id, after);
    return after;
  }

  /** Goes on after a while, unless the server has begun something else. */
  #later(ms: number, id: string, task: string, run: () => void): void {
    this.#parts.timers.after(ms, () => {
      if (this.#parts.state.servers.get(id)?.taskState === task) run();
    });
  }

  #fault({ name, zone, wantedZone }: ServerRecord, kinds: readonly ServerFaultKind[]): ServerFaultKind | undefined {
    return this.#parts.faults.ofServer({ name, zone: zone || (wantedZone ?? '') }, kinds);
  }
}

/** Nova's own names of the states. */
export const vmStates: Readonly<Record<ServerRecord['status'], string>> = {
  BUILD: 'building',
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  ERROR: 'error',
  SOFT_DELETED: 'soft-delete',
};

function inWrongState({ id, status }: ServerRecord, doing: string): Refusal {
  return new Refusal(409, `Cannot '${doing}' instance ${id} while it is in vm_state ${vmStates[status]}`);
}

function busy({ id, taskState }: ServerRecord, doing: string): Refusal {
  return new Refusal(409, `Cannot '${doing}' instance ${id} while it is in task_state ${taskState}`);
}
