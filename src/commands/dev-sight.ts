/** What there is to be seen in the demo beside the policies, and what changed in it, in words for somebody who is new to it. */
import type { Node } from '../nomad/node-types.ts';
import { jobKey } from '../nomad-server/identity.ts';
import type { NomadServer } from '../nomad-server/server.ts';
import type { State as Cloud } from '../openstack-server/state.ts';

/** One look at the cloud, at Nomad and at the job "web". */
export interface Sight {
  /** Status by name: `BUILD`, `ACTIVE`, `SHUTOFF`, … */
  readonly servers: ReadonlyMap<string, string>;
  readonly nodes: ReadonlyMap<string, SeenNode>;
  /** Of all instances together. */
  readonly loadMhz: number;
  /** Instances for which no node has room. */
  readonly waiting: number;
}

export interface SeenNode {
  readonly nodeClass: string;
  readonly state: 'ready' | 'out of service' | 'down';
}

export const nothingSeen: Sight = { servers: new Map(), nodes: new Map(), loadMhz: 0, waiting: 0 };

export function sightOf({ store, load }: NomadServer, servers: Cloud['servers'], nowMs: number): Sight {
  const summary = store.state.summaries.get(jobKey('default', 'web'));
  return {
    servers: new Map([...servers.values()].map(({ name, status }) => [name, status])),
    nodes: new Map([...store.nodes()].map((node) => [node.Name, { nodeClass: node.NodeClass, state: stateOf(node) }])),
    loadMhz: load.total('web', 'app', nowMs).cpuMhz,
    waiting: summary?.Summary['app']?.Queued ?? 0,
  };
}

function stateOf({ Status, SchedulingEligibility }: Node): SeenNode['state'] {
  if (Status !== 'ready') return 'down';
  return SchedulingEligibility === 'eligible' ? 'ready' : 'out of service';
}

/** @returns a sentence for each change, causes before what follows from them. */
export function changesOf(before: Sight, now: Sight): readonly string[] {
  return [...loadChange(before, now), ...serverChanges(before, now), ...nodeChanges(before, now), ...room(before, now)];
}

function loadChange({ loadMhz: before }: Sight, { loadMhz: now }: Sight): readonly string[] {
  const [from, to] = [Math.round(before), Math.round(now)];
  if (from === to) return [];
  return [`the load of the job "web" ${to > from ? 'rises' : 'falls'} from ${from} to ${to} MHz`];
}

const ofStatus: Readonly<Record<string, string>> = {
  ACTIVE: 'is ACTIVE: it has booted',
  SHUTOFF: 'is SHUTOFF: it was stopped',
};

function serverChanges({ servers: before }: Sight, { servers: now }: Sight): readonly string[] {
  const lines: string[] = [];
  for (const [name, status] of now) {
    const was = before.get(name);
    if (was === undefined) lines.push(`server ${name} is created in OpenStack and boots`);
    if (status !== (was ?? 'BUILD')) lines.push(`server ${name} ${ofStatus[status] ?? `is ${status}`}`);
  }
  for (const name of before.keys()) if (!now.has(name)) lines.push(`server ${name} is deleted from OpenStack`);
  return lines;
}

const ofState: Readonly<Record<SeenNode['state'], string>> = {
  ready: 'takes work again',
  'out of service': 'is drained: it takes no new work, and what ran there moves to other nodes',
  down: 'is down: Nomad hears nothing of it',
};

function nodeChanges({ nodes: before }: Sight, { nodes: now }: Sight): readonly string[] {
  const lines: string[] = [];
  for (const [name, { nodeClass, state }] of now) {
    const was = before.get(name);
    if (was === undefined)
      lines.push(`node ${name} joins Nomad${nodeClass === '' ? '' : ` with class "${nodeClass}"`}`);
    if (state !== (was?.state ?? 'ready')) lines.push(`node ${name} ${ofState[state]}`);
  }
  for (const name of before.keys()) if (!now.has(name)) lines.push(`node ${name} is purged: Nomad has forgotten it`);
  return lines;
}

function room({ waiting: before }: Sight, { waiting: now }: Sight): readonly string[] {
  if (before === now) return [];
  if (now === 0) return ['every instance of "web" has a node'];
  return [`${now === 1 ? '1 instance' : `${now} instances`} of "web" must wait: no node has room`];
}
