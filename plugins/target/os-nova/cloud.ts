/**
 * What the target needs of an OpenStack project: a method per API call, in the target's words. Every call is bounded, retried
 * where that is safe, and renews its login by itself. Source: spec os-nova.md §3, §9.
 *
 * All throw `openstack_request_failed` (see `refusalOf` in openstack/error.ts for status and body), and what a connection throws.
 * A write whose answer was lost throws with `ambiguous`: it may have happened.
 */

/** A server as Nova lists it. Times are ms since 1970. */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `BUILD`, `ERROR`, … */
  readonly status: string;
  /** What Nova is doing to it just now, as `deleting`. */
  readonly taskState: string | undefined;
  /** Empty as long as it has no host. */
  readonly zone: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Why it is in `ERROR`, as far as Nova says. */
  readonly fault: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly accessIPv4: string;
}

/** A server that is to be. Lists keep their order. */
export interface NewServer {
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly networkIds: readonly string[];
  readonly securityGroups: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly zone?: string;
  /** Base64. */
  readonly userData?: string;
  /** UUID of a server group. */
  readonly groupId?: string;
}

/** A port of a server. */
export interface ServerPort {
  readonly portId: string;
  readonly networkId: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly address: string }[];
}

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** Undefined when it leads nowhere, as after its server went. */
  readonly portId: string | undefined;
  readonly description: string;
}

/** A member of a load balancer's pool. */
export interface Member {
  readonly id: string;
  /** The target names members by the ID of their server. */
  readonly name: string;
  readonly address: string;
}

export interface NewMember {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly subnetId?: string;
}

export interface Zone {
  readonly name: string;
  readonly isAvailable: boolean;
}

/** What the project may still create; a limit that is not known or not set is Infinity. */
export interface Room {
  readonly servers: number;
  readonly cores: number;
  readonly ramMb: number;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly cores: number;
  readonly ramMb: number;
}

export interface Network {
  readonly id: string;
  readonly isExternal: boolean;
}

export interface Cloud {
  /** Every page of the servers with the tag. A server in the answer that lacks it is an error: then the filter did not work. */
  servers(tag: string, signal: AbortSignal): Promise<readonly Server[]>;
  /** @returns undefined for a server that is gone (404). */
  server(id: string, signal: AbortSignal): Promise<Server | undefined>;
  /** @returns the ID. Never sent twice: whoever calls looks for the server by its name when `ambiguous`. */
  createServer(server: NewServer, signal: AbortSignal): Promise<string>;
  /** Also succeeds for a server that is not running (409) or gone (404). */
  stopServer(id: string, signal: AbortSignal): Promise<void>;
  /** Also succeeds for a server that is gone. */
  deleteServer(id: string, force: boolean, signal: AbortSignal): Promise<void>;
  /** Sets these and keeps others. */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  ports(serverId: string, signal: AbortSignal): Promise<readonly ServerPort[]>;
  zones(signal: AbortSignal): Promise<readonly Zone[]>;
  room(signal: AbortSignal): Promise<Room>;
  flavors(signal: AbortSignal): Promise<readonly Flavor[]>;
  /** @returns IDs of the images of exactly this name. */
  images(name: string, signal: AbortSignal): Promise<readonly string[]>;
  networks(name: string, signal: AbortSignal): Promise<readonly Network[]>;
  /** @returns IDs of the project's security groups of exactly this name. */
  securityGroups(name: string, signal: AbortSignal): Promise<readonly string[]>;
  floatingIps(
    filter: { readonly portId: string } | { readonly description: string },
    signal: AbortSignal,
  ): Promise<readonly FloatingIp[]>;
  createFloatingIp(
    ip: { readonly networkId: string; readonly portId: string; readonly description: string },
    signal: AbortSignal,
  ): Promise<FloatingIp>;
  /** Also succeeds for one that is gone. */
  deleteFloatingIp(id: string, signal: AbortSignal): Promise<void>;
  /** Without those that are just being deleted. */
  members(poolId: string, signal: AbortSignal): Promise<readonly Member[]>;
  /** Waits while the balancer is busy with another change (409). @returns the ID. */
  createMember(poolId: string, member: NewMember, signal: AbortSignal): Promise<string>;
  /** Waits like `createMember`; also succeeds for one that is gone. */
  deleteMember(poolId: string, memberId: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
