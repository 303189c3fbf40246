/** Octavia: the members of a pool. A balancer takes one change at a time. Source: spec os-nova.md §9, §10 (10). */
import { backoffMs, type HttpAnswer, type PluginWorld, sleep } from 'nomad-autoscaler/sdk';
import type { Cloud } from '../cloud.ts';
import { readBody } from './answer.ts';
import { idOfNew } from './compute.ts';
import { refusalOf } from './error.ts';
import { allPages } from './pages.ts';
import { type Call, listed, type Service } from './service.ts';

/** What of the cloud Octavia does. */
export type Balancing = Pick<Cloud, 'members' | 'createMember' | 'deleteMember'>;

/** A change takes some seconds; a server may wait for many others. The caller's signal usually ends it before. */
const busyBackoff = { firstMs: 500, longestMs: 5_000 };
const mostTries = 60;

/** Members on their way out are listed until the balancer has done it. */
const leaving: ReadonlySet<string> = new Set(['PENDING_DELETE', 'DELETED']);

/** @param octavia  opened with the first use. */
export function balancingOf(
  octavia: () => Promise<Service>,
  { clock, random }: Pick<PluginWorld, 'clock' | 'random'>,
): Balancing {
  /** Waits while another change is under way, and no longer: a balancer that is free and says no twice means something else. */
  async function change(poolId: string, call: Call, signal: AbortSignal): Promise<HttpAnswer> {
    const service = await octavia();
    let refusedWhileFree = 0;
    for (let failures = 1; ; failures++) {
      try {
        return await service.ask(call, signal);
      } catch (error) {
        if (refusalOf(error)?.status !== 409 || failures >= mostTries) throw error;
        refusedWhileFree = (await isBusy(service, poolId, signal)) ? 0 : refusedWhileFree + 1;
        if (refusedWhileFree > 1) throw error;
      }
      await sleep(clock, backoffMs(failures, busyBackoff, random), signal);
    }
  }

  return {
    async members(poolId, signal) {
      const service = await octavia();
      const found = await allPages(service, { path: membersPath(poolId), key: 'members', what: 'member' }, signal);
      const there = found.filter((one) => !leaving.has(one.optionalText('provisioning_status') ?? ''));
      return there.map((one) => ({
        id: one.text('id'),
        name: one.textOrNull('name'),
        address: one.text('address'),
      }));
    },
    async createMember(poolId, { name, address, port, subnetId }, signal) {
      const member = { address, protocol_port: port, name, ...(subnetId !== undefined && { subnet_id: subnetId }) };
      const path = membersPath(poolId);
      const call: Call = { method: 'POST', path, body: { member }, wanted: [201, 202], repeats: 'if-refused' };
      const answer = await change(poolId, call, signal);
      return idOfNew(answer.body, 'member');
    },
    async deleteMember(poolId, memberId, signal) {
      const path = `${membersPath(poolId)}/${encodeURIComponent(memberId)}`;
      await change(poolId, { method: 'DELETE', path, wanted: [202, 204], also: [404], repeats: 'always' }, signal);
    },
  };
}

/** Whether a change of a balancer of the pool is under way. When that cannot be told, it is taken to be so. */
async function isBusy(octavia: Service, poolId: string, signal: AbortSignal): Promise<boolean> {
  const read = async (path: string, what: string) => {
    const { body } = await octavia.ask({ method: 'GET', path, wanted: listed, repeats: 'always' }, signal);
    return readBody(body).part(what);
  };
  try {
    const pool = await read(poolPath(poolId), 'pool');
    const states = [pool.text('provisioning_status')];
    for (const balancer of pool.parts('loadbalancers', 'load balancer')) {
      const path = `/lbaas/loadbalancers/${encodeURIComponent(balancer.text('id'))}`;
      states.push((await read(path, 'loadbalancer')).text('provisioning_status'));
    }
    return states.some((state) => state.startsWith('PENDING_'));
  } catch (error) {
    if (signal.aborted) throw error;
    return true;
  }
}

const poolPath = (id: string): string => `/lbaas/pools/${encodeURIComponent(id)}`;
const membersPath = (poolId: string): string => `${poolPath(poolId)}/members`;
