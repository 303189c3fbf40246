/** A simulated node as Nomad would tell it. Compat: spec nomad-api.md §4.7. */
import { createHash } from 'node:crypto';
import type { DriverInfo, Node, NodeNetwork } from '../nomad/node-types.ts';
import type { NetworkResource, Strings } from '../nomad/types.ts';
import { toTimestamp } from './identity.ts';

/** What a simulated client is to look like; everything has a default. */
export interface NodeSpec {
  readonly id?: string;
  readonly name: string;
  readonly datacenter?: string;
  readonly nodeClass?: string;
  readonly nodePool?: string;
  readonly cpuMhz?: number;
  readonly cores?: number;
  readonly memoryMb?: number;
  readonly diskMb?: number;
  readonly reserved?: { readonly cpuMhz?: number; readonly memoryMb?: number; readonly diskMb?: number };
  readonly attributes?: Strings;
  readonly meta?: Strings;
  /** Healthy drivers; others are not there. */
  readonly drivers?: readonly string[];
  /** 0: no limit. */
  readonly maxAllocations?: number;
  /** Of the host's network; 127.0.0.1 and ::1 unless given. */
  readonly addresses?: readonly string[];
}

/** What the records of all nodes share. */
export interface NodeSurroundings {
  /** `host:port` of the API. */
  readonly httpAddress: string;
  readonly version: string;
  /** Of clients that name none. Default: dc1. */
  readonly datacenter?: string;
  readonly nowMs: number;
}

/** The embedded server signs nothing; the key is a name only. */
export const signingKeyId = '00000000-0000-0000-0000-000000000000';

const allDrivers = ['docker', 'exec', 'java', 'mock_driver', 'qemu', 'raw_exec'];
const usualDrivers = ['docker', 'exec', 'mock_driver', 'raw_exec'];
const usualAddresses = ['127.0.0.1', '::1'];

export function nodeRecord(id: string, spec: NodeSpec, around: NodeSurroundings): Node {
  const cores = spec.cores ?? 2;
  const addresses = spec.addresses ?? usualAddresses;
  const cpuMhz = spec.cpuMhz ?? 4000;
  const memoryMb = spec.memoryMb ?? 8192;
  const drivers = spec.drivers ?? usualDrivers;
  const known = {
    Datacenter: spec.datacenter ?? around.datacenter ?? 'dc1',
    NodeClass: spec.nodeClass ?? '',
    NodePool: spec.nodePool ?? 'default',
    Attributes: { ...attributes(spec, drivers, around), ...spec.attributes },
    Meta: { ...usualMeta, ...spec.meta },
  };
  return {
    ...{ ID: id, SecretID: '', Name: spec.name, HTTPAddr: around.httpAddress, TLSEnabled: false },
    ...known,
    NodeResources: {
      Cpu: {
        CpuShares: cpuMhz,
        TotalCpuCores: cores,
        ReservableCpuCores: Array.from({ length: cores }, (_, at) => at),
      },
      Memory: { MemoryMB: memoryMb },
      Disk: { DiskMB: spec.diskMb ?? 20_000 },
      Networks: [{ Mode: 'bridge' }, ...addresses.map(hostNetwork)],
      NodeNetworks: nodeNetworks(addresses),
      Devices: null,
      Processors: topology(cores, cpuMhz, spec.reserved?.cpuMhz ?? 0),
      MinDynamicPort: 20_000,
      MaxDynamicPort: 32_000,
    },
    ReservedResources: {
      Cpu: { CpuShares: spec.reserved?.cpuMhz ?? 0, ReservedCpuCores: null },
      Memory: { MemoryMB: spec.reserved?.memoryMb ?? 0 },
      Disk: { DiskMB: spec.reserved?.diskMb ?? 0 },
      Networks: { ReservedHostPorts: '' },
    },
    NodeMaxAllocs: spec.maxAllocations ?? 0,
    ComputedClass: computedClass(known),
    Drivers: Object.fromEntries(allDriverInfos(drivers, around.nowMs)),
    ...{ HostVolumes: {}, HostNetworks: null, CSIControllerPlugins: {}, CSINodePlugins: {}, Links: {} },
    ...{ CgroupParent: 'nomad.slice', GCVolumesOnNodeGC: false, IdentitySigningKeyID: signingKeyId },
    ...{ LastAllocUpdateIndex: 0, LastMissedHeartbeatIndex: 0 },
    ...{ Drain: false, DrainStrategy: null, LastDrain: null, SchedulingEligibility: 'eligible' },
    ...{ Status: 'ready', StatusDescription: '', StatusUpdatedAt: Math.floor(around.nowMs / 1000) },
    Events: [nodeEvent('Node registered', 'Cluster', around.nowMs, 0)],
    ...{ CreateIndex: 0, ModifyIndex: 0 },
  };
}

export function nodeEvent(
  message: string,
  subsystem: string,
  nowMs: number,
  index: number,
  details: Strings | null = null,
) {
  return {
    ...{ Message: message, Subsystem: subsystem, Details: details },
    Timestamp: toTimestamp(nowMs),
    CreateIndex: index,
  };
}

/**
 * Nodes of equal class run the same jobs; what is unique to a node does not count, nor does its size.
 *
 * Compat: spec nomad-scheduler.md §11.3; only equality matters.
 */
export function computedClass(
  node: Pick<Node, 'Datacenter' | 'NodeClass' | 'NodePool' | 'Attributes' | 'Meta'>,
): string {
  const common = (map: Strings | null) =>
    Object.entries(map ?? {})
      .filter(([key]) => !key.startsWith('unique.'))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [node.Datacenter, node.NodeClass, node.NodePool, common(node.Attributes), common(node.Meta)];
  return `v1:${createHash('sha256').update(JSON.stringify(parts)).digest().readBigUInt64BE()}`;
}

function attributes(spec: NodeSpec, drivers: readonly string[], around: NodeSurroundings): Strings {
  const cores = String(spec.cores ?? 2);
  const compute = String(spec.cpuMhz ?? 4000);
  return {
    ...{
      'kernel.name': 'linux',
      'kernel.version': '6.1.0',
      'kernel.arch': 'x86_64',
      'os.name': 'debian',
      'os.version': '12',
    },
    ...{ 'cpu.arch': 'amd64', 'cpu.numcores': cores, 'cpu.totalcompute': compute, 'cpu.usablecompute': compute },
    ...{ 'cpu.reservablecores': cores, 'cpu.frequency': '2600', 'cpu.modelname': 'Simulated CPU' },
    'memory.totalbytes': String((spec.memoryMb ?? 8192) * 1024 * 1024),
    'nomad.version': around.version,
    'nomad.service_discovery': 'true',
    ...{ 'unique.hostname': spec.name, 'unique.network.ip-address': '127.0.0.1' },
    'unique.advertise.address': around.httpAddress,
    'unique.storage.bytestotal': String((spec.diskMb ?? 20_000) * 1024 * 1024),
    'unique.storage.volume': '/dev/simulated',
    ...Object.fromEntries(drivers.map((driver) => [`driver.${driver}`, '1'])),
  };
}

/** Nomad fills in the version when it uses the image. */
const envoyImage = ['docker.io/envoyproxy/envoy:v$', '{NOMAD_envoy_version}'].join('');

/** What every Nomad client says of itself. */
const usualMeta: Strings = {
  'connect.gateway_image': envoyImage,
  'connect.log_level': 'info',
  'connect.proxy_concurrency': '1',
  'connect.sidecar_image': envoyImage,
  'connect.transparent_proxy.default_outbound_port': '15001',
  'connect.transparent_proxy.default_uid': '101',
};

function allDriverInfos(healthy: readonly string[], nowMs: number): readonly (readonly [string, DriverInfo])[] {
  const UpdateTime = toTimestamp(nowMs);
  return [...new Set([...healthy, ...allDrivers])]
    .filter((name) => healthy.includes(name) || name === 'docker')
    .map((name) => {
      const isHealthy = healthy.includes(name);
      return [
        name,
        {
          Attributes: isHealthy ? { [`driver.${name}`]: 'true' } : {},
          ...{ Detected: isHealthy, Healthy: isHealthy, UpdateTime },
          HealthDescription: isHealthy ? 'Healthy' : 'Failed to connect to docker daemon',
        },
      ] as const;
    });
}

const maskBits = (address: string) => (address.includes(':') ? 128 : 32);

function hostNetwork(address: string): NetworkResource {
  return { Mode: 'host', Device: 'lo', CIDR: `${address}/${maskBits(address)}`, IP: address, MBits: 1000 };
}

const nodeNetworks = (addresses: readonly string[]): readonly NodeNetwork[] => [
  { Mode: 'bridge', Device: '', MacAddress: '', Speed: 0, Addresses: null },
  {
    ...{ Mode: 'host', Device: 'lo', MacAddress: '', Speed: 1000 },
    Addresses: addresses.map((address) => ({
      Family: address.includes(':') ? 'ipv6' : 'ipv4',
      ...{ Alias: 'default', Address: address, ReservedPorts: '', Gateway: '' },
    })),
  },
];

function topology(cores: number, cpuMhz: number, reservedMhz: number) {
  return {
    Topology: {
      Cores: Array.from({ length: cores }, (_, at) => ({
        ...{ ID: at, NodeID: 0, SocketID: 0, Grade: true, Disable: false },
        ...{ BaseSpeed: 2600, GuessSpeed: 0, MaxSpeed: 0 },
      })),
      ...{ Distances: null, Nodes: [0], OverrideTotalCompute: cpuMhz, OverrideWitholdCompute: reservedMhz },
    },
  };
}
