/** What the simulated cloud offers. The defaults are those of a small project, with the IDs of the example policies. */

export interface FlavorSpec {
  readonly id: string;
  readonly name: string;
  readonly cores: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

export interface ImageSpec {
  readonly id: string;
  readonly name: string;
}

export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  /** Floating IPs come from it; servers cannot be on it. */
  readonly isExternal?: boolean;
  /** The first two bytes of its addresses: `10.77`. */
  readonly prefix: string;
  readonly subnetId: string;
}

export interface ZoneSpec {
  readonly name: string;
  /** Servers are refused in a zone that is not. Default true. */
  readonly isAvailable?: boolean;
  /** How many servers it takes; a server for which there is no room goes to `ERROR`. Default: no limit. */
  readonly capacity?: number;
  /** Members of an anti-affinity group that it takes. Default 1. */
  readonly hosts?: number;
}

export interface ServerGroupSpec {
  readonly id: string;
  readonly policy: 'affinity' | 'anti-affinity' | 'soft-affinity' | 'soft-anti-affinity';
}

/** How long things take, in milliseconds. */
export interface Pace {
  /** From the request until a server is `ACTIVE`. */
  readonly bootMs: number;
  /** Until a server that cannot be is in `ERROR`. */
  readonly errorMs: number;
  readonly stopMs: number;
  readonly startMs: number;
  readonly deleteMs: number;
  /** How long a load balancer takes no other change after one. */
  readonly balancerMs: number;
  /** Every answer. */
  readonly latencyMs: number;
  readonly tokenMs: number;
  /** Above 0: a deleted server stays as `SOFT_DELETED` for this time. */
  readonly reclaimMs: number;
}

/** Most of each that the project may have; Infinity for no limit. May be changed while the cloud runs. */
export interface Quota {
  servers: number;
  cores: number;
  ramMb: number;
  floatingIps: number;
  ports: number;
}

export interface Account {
  readonly userName: string;
  readonly userId: string;
  readonly password: string;
  readonly domainName: string;
  readonly domainId: string;
  readonly projectName: string;
  readonly projectId: string;
  readonly applicationCredential: { readonly id: string; readonly name: string; readonly secret: string };
}

/** Everything has a default. */
export interface OpenStackConfig {
  readonly account?: Partial<Account>;
  readonly region?: string;
  readonly flavors?: readonly FlavorSpec[];
  readonly images?: readonly ImageSpec[];
  readonly networks?: readonly NetworkSpec[];
  readonly zones?: readonly ZoneSpec[];
  readonly securityGroups?: readonly string[];
  readonly keyPairs?: readonly string[];
  readonly serverGroups?: readonly ServerGroupSpec[];
  /** IDs of the pools of load balancers, each behind a balancer of its own. */
  readonly balancerPools?: readonly string[];
  readonly quota?: Partial<Quota>;
  readonly pace?: Partial<Pace>;
  /** Nova's newest microversion. */
  readonly microversion?: string;
  /** Most servers, flavors and members in one answer. */
  readonly pageSize?: number;
}

/** The configuration with everything said. */
export interface Setting extends Required<OpenStackConfig> {
  readonly account: Account;
  readonly quota: Quota;
  readonly pace: Pace;
}

/** The account of a cloud that was told no other. */
export const usualAccount: Account = {
  userName: 'testbed',
  userId: 'fdffc1ae7f69460db9a74dcc00017a21',
  password: 'testbed-secret',
  domainName: 'Default',
  domainId: 'default',
  projectName: 'testbed',
  projectId: '3864c31d53d04dda80f6afab82a3109c',
  applicationCredential: { id: '21dced0fd20347869b93710d2b98aae0', name: 'autoscaler', secret: 'testbed-app-secret' },
};

/** What is there in a cloud that was told nothing else. */
export const usual = {
  image: { id: 'e4eb6f7b-9dd7-4366-a9bf-6f9d15573368', name: 'ubuntu-minimal' },
  flavor: { id: '49ce8078-3e8b-481b-af0f-739ff000b111', name: '2C-2GB-20GB', cores: 2, ramMb: 2048, diskGb: 20 },
  smallFlavor: { id: 'fe020e31-5168-4e8a-aae4-91b843b3a50b', name: '1C-1GB-10GB', cores: 1, ramMb: 1024, diskGb: 10 },
  hugeFlavor: {
    id: '510f7816-2774-4529-9712-d0807fe95f70',
    name: 'huge-never-fits',
    cores: 100_000,
    ramMb: 1024,
    diskGb: 1,
  },
  network: {
    ...{ id: '9e7bd5ca-eba3-49b6-a522-9d2ea6cc52a5', name: 'tenant', prefix: '10.77' },
    subnetId: 'a6618946-b816-40b1-9126-419567fdc4c8',
  },
  externalNetwork: {
    ...{ id: 'e8e3678f-4ecb-4222-90b1-5062b5f36647', name: 'external', isExternal: true, prefix: '203.0' },
    subnetId: '0b8a9d0b-65f3-4a24-8f0c-0d5c0f3c1f52',
  },
  serverGroup: { id: '6b1c7cb2-2f35-4b0e-9a53-1b0c6f1c2d11', policy: 'anti-affinity' },
  balancerPool: '3f2d1c9e-8a77-4f5e-9d4b-52a1f2f0c7aa',
} as const;

const usualPace: Pace = {
  bootMs: 2500,
  errorMs: 500,
  stopMs: 1000,
  startMs: 1500,
  deleteMs: 700,
  balancerMs: 1500,
  latencyMs: 0,
  tokenMs: 3_600_000,
  reclaimMs: 0,
};

const noQuota: Quota = { servers: Infinity, cores: Infinity, ramMb: Infinity, floatingIps: Infinity, ports: Infinity };

export function settingOf(config: OpenStackConfig): Setting {
  return {
    region: 'RegionOne',
    flavors: [usual.flavor, usual.hugeFlavor, usual.smallFlavor],
    images: [usual.image],
    networks: [usual.network, usual.externalNetwork],
    zones: [{ name: 'az1' }, { name: 'az2' }],
    securityGroups: ['default', 'testbed'],
    keyPairs: ['testbed'],
    serverGroups: [usual.serverGroup],
    balancerPools: [usual.balancerPool],
    microversion: '2.93',
    pageSize: 1000,
    ...config,
    account: { ...usualAccount, ...config.account },
    quota: { ...noQuota, ...config.quota },
    pace: { ...usualPace, ...config.pace },
  };
}
