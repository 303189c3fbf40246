/** Services that running allocations offer by Nomad's own provider. Pure. Compat: spec nomad-api.md A7. */

import type { Opaque } from '../nomad/types.ts';
import { type Allocation, isServerTerminal } from './allocation.ts';
import { groupOf } from './scheduler/ask.ts';
import { portsOf } from './scheduler/ports.ts';

export interface ServiceRegistration {
  readonly ID: string;
  readonly ServiceName: string;
  readonly Namespace: string;
  readonly NodeID: string;
  readonly Datacenter: string;
  readonly JobID: string;
  readonly AllocID: string;
  readonly Tags: readonly string[];
  readonly Address: string;
  readonly Port: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** @param datacenter  of its node. @returns none unless it runs. */
export function registrationsOf(allocation: Allocation, datacenter: string): readonly ServiceRegistration[] {
  if (allocation.ClientStatus !== 'running' || isServerTerminal(allocation)) return [];
  const group = groupOf(allocation.Job, allocation.TaskGroup);
  const offered = [
    ...(group?.Services ?? []).map((service) => ({ service, owner: `group-${allocation.TaskGroup}` })),
    ...(group?.Tasks ?? []).flatMap((task) => (task.Services ?? []).map((service) => ({ service, owner: task.Name }))),
  ].filter(({ service }) => service['Provider'] === 'nomad');
  return offered.map(({ service, owner }) => registration(allocation, datacenter, service, owner));
}

function registration(one: Allocation, datacenter: string, service: Opaque, owner: string): ServiceRegistration {
  const name = String(service['Name'] ?? '');
  const label = String(service['PortLabel'] ?? '');
  const port = portsOf(one.AllocatedResources).find((port) => port.Label === label);
  const tags = service['Tags'];
  return {
    ID: `_nomad-task-${one.ID}-${owner}-${name}-${label}`,
    ServiceName: name,
    ...{ Namespace: one.Namespace, NodeID: one.NodeID, Datacenter: datacenter, JobID: one.JobID, AllocID: one.ID },
    Tags: Array.isArray(tags) ? tags.map(String) : [],
    ...{ Address: port?.HostIP ?? '', Port: port?.Value ?? 0 },
    ...{ CreateIndex: one.ModifyIndex, ModifyIndex: one.ModifyIndex },
  };
}
