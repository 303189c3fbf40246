/** Members of load balancers. After each change the whole pool takes no other for a while. */
import type { JsonObject } from '../lib/json.ts';
import { textOf } from './call.ts';
import type { Setting } from './config.ts';
import { newUuid } from './identifier.ts';
import { Refusal } from './refusal.ts';
import type { MemberRecord, State } from './state.ts';
import type { Timers } from './timers.ts';

export interface BalancerParts {
  readonly setting: Setting;
  readonly state: State;
  readonly timers: Timers;
  readonly random: () => number;
  readonly now: () => number;
}

export class Balancers {
  readonly #parts: BalancerParts;
  /** Pools that are being changed. */
  readonly #busy = new Set<string>();

  constructor(parts: BalancerParts) {
    this.#parts = parts;
  }

  isBusy(poolId: string): boolean {
    return this.#busy.has(poolId);
  }

  /** The pool's members, those on their way in and out among them. */
  members(poolId: string): readonly MemberRecord[] {
    this.checkPool(poolId);
    return [...this.#parts.state.members.values()].filter((member) => member.poolId === poolId);
  }

  member(poolId: string, id: string): MemberRecord {
    const member = this.members(poolId).find((one) => one.id === id);
    if (member === undefined) throw new Refusal(404, `Member ${id} not found.`);
    return member;
  }

  create(poolId: string, wanted: JsonObject): MemberRecord {
    const { state, random, now } = this.#parts;
    const address = textOf(wanted, 'address');
    const port = Number(wanted['protocol_port']);
    const others = this.members(poolId);
    if (address === undefined) throw invalid('address', 'None', 'Mandatory field missing.');
    if (!/^(\d{1,3}\.){3}\d{1,3}$|:/.test(address))
      throw invalid('address', address, 'Value should be IPv4 or IPv6 format');
    if (!(port >= 1)) throw invalid('protocol_port', String(port), 'Value should be greater or equal to 1');
    if (port > 65_535) throw invalid('protocol_port', String(port), 'Value should be lower or equal to 65535');
    this.#begin(poolId);
    if (others.some((member) => member.address === address && member.port === port)) {
      this.#busy.delete(poolId);
      throw new Refusal(409, `Another member on this pool is already using ip ${address} on protocol_port ${port}`);
    }
    const member: MemberRecord = {
      ...{ id: newUuid(random), poolId, name: textOf(wanted, 'name') ?? '', address, port },
      ...{ subnetId: textOf(wanted, 'subnet_id'), status: 'PENDING_CREATE', createdAt: now() },
    };
    state.members.set(member.id, member);
    this.#end(poolId, () => state.members.set(member.id, { ...member, status: 'ACTIVE' }));
    return member;
  }

  delete(poolId: string, id: string): void {
    const { state } = this.#parts;
    const member = this.member(poolId, id);
    this.#begin(poolId);
    state.members.set(id, { ...member, status: 'PENDING_DELETE' });
    this.#end(poolId, () => state.members.delete(id));
  }

  checkPool(poolId: string): void {
    if (!this.#parts.setting.balancerPools.includes(poolId)) throw new Refusal(404, `Pool ${poolId} not found.`);
  }

  #begin(poolId: string): void {
    if (this.isBusy(poolId)) throw new Refusal(409, `Pool ${poolId} is immutable and cannot be updated.`);
    this.#busy.add(poolId);
  }

  #end(poolId: string, run: () => void): void {
    this.#parts.timers.after(this.#parts.setting.pace.balancerMs, () => {
      this.#busy.delete(poolId);
      run();
    });
  }
}

const invalid = (field: string, value: string, why: string) =>
  new Refusal(400, `Invalid input for field/attribute ${field}. Value: '${value}'. ${why}`);
