/**
 * What a task finds in its environment, and what `${…}` in its command, arguments and variables stands for. Pure.
 *
 * Compat: Nomad's runtime variables. The folders are those of the host: nothing is isolated.
 */
import type { AllocatedResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { NetworkResource, Opaque, Strings, Task } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { groupOf } from '../scheduler/ask.ts';
import type { TaskFolders } from './task-folder.ts';

export interface TaskSurroundings {
  readonly allocation: Allocation;
  readonly task: Task;
  readonly node: Node | undefined;
  readonly folders: TaskFolders;
  /** What it inherits of our own environment. */
  readonly inherited: Strings;
  /** What templates with `env = true` say. */
  readonly fromTemplates?: Strings;
}

/** Later ones win: what is inherited, Nomad's own, the task's `env`, its templates. */
export function taskEnv(around: TaskSurroundings): Strings {
  const { task, node, inherited, fromTemplates = {} } = around;
  const own = ownVariables(around);
  const values = { ...nodeValues(node), ...inherited, ...own };
  const given = Object.entries(task.Env ?? {}).map(([key, value]) => [cleanName(key), interpolate(value, values)]);
  return { ...inherited, ...own, ...Object.fromEntries(given), ...fromTemplates };
}

/** What `${…}` may name: `${NOMAD_PORT_http}`, `${node.datacenter}`, `${attr.cpu.arch}`, `${meta.rack}`, `${env["HOME"]}`. */
export const valuesOf = (env: Strings, node: Node | undefined): Strings => ({ ...nodeValues(node), ...env });

/** Compat: what nobody knows stays as it stands. */
export function interpolate(text: string, values: Strings): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, inside: string) => {
    const name = inside.trim().replace(/^env\["?([^"\]]+)"?\]$/, '$1');
    return values[name] ?? whole;
  });
}

/** The allocation's own port labels. */
function ownVariables({ allocation, task, node, folders }: TaskSurroundings): Strings {
  const { Job: job, AllocatedResources: resources, ID: id } = allocation;
  const used = resources.Tasks[task.Name];
  const group = groupOf(job, allocation.TaskGroup);
  const found: Record<string, string> = {
    ...{ NOMAD_ALLOC_DIR: folders.shared, NOMAD_TASK_DIR: folders.local, NOMAD_SECRETS_DIR: folders.secrets },
    ...{ NOMAD_ALLOC_ID: id, NOMAD_SHORT_ALLOC_ID: id.slice(0, 8), NOMAD_ALLOC_NAME: allocation.Name },
    NOMAD_ALLOC_INDEX: /\[(\d+)\]$/.exec(allocation.Name)?.[1] ?? '0',
    ...{ NOMAD_GROUP_NAME: allocation.TaskGroup, NOMAD_TASK_NAME: task.Name },
    ...{ NOMAD_JOB_ID: job.ID, NOMAD_JOB_NAME: job.Name, NOMAD_NAMESPACE: job.Namespace, NOMAD_REGION: job.Region },
    NOMAD_DC: node?.Datacenter ?? '',
    NOMAD_CPU_LIMIT: String(used?.Cpu.CpuShares ?? task.Resources.CPU),
    NOMAD_MEMORY_LIMIT: String(used?.Memory.MemoryMB ?? task.Resources.MemoryMB),
  };
  if (job.ParentID !== '') found['NOMAD_JOB_PARENT_ID'] = job.ParentID;
  if (used !== undefined && used.Memory.MemoryMaxMB > 0) {
    found['NOMAD_MEMORY_MAX_LIMIT'] = String(used.Memory.MemoryMaxMB);
  }
  const cores = used?.Cpu.ReservedCores ?? [];
  if (cores.length > 0) found['NOMAD_CPU_CORES'] = cores.join(',');
  Object.assign(found, portVariables(resources, task.Name));
  for (const meta of [job.Meta, group?.Meta, task.Meta]) {
    for (const [key, value] of Object.entries(meta ?? {})) {
      found[`NOMAD_META_${cleanName(key)}`] = value;
      found[`NOMAD_META_${cleanName(key.toUpperCase())}`] = value;
    }
  }
  return found;
}

function portVariables(resources: AllocatedResources, task: string): Record<string, string> {
  const found: Record<string, string> = {};
  const tell = (label: string, ip: string, value: number, to: number) => {
    const host = ip.includes(':') ? `[${ip}]` : ip;
    found[`NOMAD_IP_${label}`] = ip;
    found[`NOMAD_PORT_${label}`] = String(to > 0 ? to : value);
    found[`NOMAD_ADDR_${label}`] = `${host}:${value}`;
    found[`NOMAD_HOST_IP_${label}`] = ip;
    found[`NOMAD_HOST_PORT_${label}`] = String(value);
    found[`NOMAD_HOST_ADDR_${label}`] = `${host}:${value}`;
    found[`NOMAD_ALLOC_PORT_${label}`] = String(to > 0 ? to : value);
  };
  for (const port of resources.Shared.Ports ?? []) {
    tell(cleanName(port.Label), port.HostIP ?? '', port.Value ?? 0, port.To ?? 0);
  }
  for (const [name, { Networks }] of Object.entries(resources.Tasks)) {
    for (const network of Networks ?? []) {
      for (const { Label, Value = 0, To = 0 } of portsOf(network)) {
        tell(`${cleanName(name)}_${cleanName(Label)}`, network.IP ?? '', Value, To);
        if (name === task) tell(cleanName(Label), network.IP ?? '', Value, To);
      }
    }
  }
  return found;
}

const portsOf = (network: NetworkResource) => [...(network.ReservedPorts ?? []), ...(network.DynamicPorts ?? [])];

function nodeValues(node: Node | undefined): Strings {
  if (node === undefined) return {};
  const named = (prefix: string, map: Opaque | null) =>
    Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [`${prefix}.${key}`, String(value)]));
  return {
    ...named('attr', node.Attributes),
    ...named('meta', node.Meta),
    ...{ 'node.unique.id': node.ID, 'node.unique.name': node.Name, 'node.datacenter': node.Datacenter },
    ...{ 'node.class': node.NodeClass, 'node.pool': node.NodePool, 'node.region': 'global' },
  };
}

/** Shells take no other characters in a name. */
const cleanName = (name: string): string => name.replace(/[^A-Za-z0-9_.]/g, '_');
