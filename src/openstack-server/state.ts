/** What the project has. Records are replaced, never changed. Times are ms since 1970. */

export type ServerStatus = 'BUILD' | 'ACTIVE' | 'SHUTOFF' | 'ERROR' | 'SOFT_DELETED';

export interface ServerFault {
  readonly code: number;
  readonly message: string;
  readonly at: number;
}

export interface ServerRecord {
  readonly id: string;
  readonly name: string;
  readonly status: ServerStatus;
  /** What is done to it just now: `spawning`, `powering-off`, `deleting`, … */
  readonly taskState: string | null;
  /** Empty as long as it has no host. */
  readonly zone: string;
  /** The one that was asked for. */
  readonly wantedZone: string | undefined;
  readonly flavorId: string;
  readonly imageId: string;
  readonly networkIds: readonly string[];
  readonly securityGroups: readonly string[];
  readonly keyName: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Base64, as it was sent. */
  readonly userData: string | undefined;
  readonly groupId: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Undefined as long as it never ran. */
  readonly launchedAt: number | undefined;
  readonly fault: ServerFault | undefined;
}

export interface PortRecord {
  readonly id: string;
  readonly serverId: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly address: string;
  readonly mac: string;
  readonly zone: string;
}

export interface FloatingIpRecord {
  readonly id: string;
  readonly networkId: string;
  readonly address: string;
  readonly portId: string | undefined;
  readonly description: string;
  readonly createdAt: number;
}

export interface MemberRecord {
  readonly id: string;
  readonly poolId: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly subnetId: string | undefined;
  readonly status: 'ACTIVE' | 'PENDING_CREATE' | 'PENDING_DELETE';
  readonly createdAt: number;
}

export interface State {
  readonly servers: Map<string, ServerRecord>;
  readonly ports: Map<string, PortRecord>;
  readonly floatingIps: Map<string, FloatingIpRecord>;
  readonly members: Map<string, MemberRecord>;
}

export function newState(): State {
  return { servers: new Map(), ports: new Map(), floatingIps: new Map(), members: new Map() };
}
