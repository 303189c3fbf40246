/** What a cloud has to offer to the scenarios, and how they look into it: as its own users would, past the plugin. */

/** Things that are there in every cloud under test. */
export interface CloudFacts {
  /** Keystone, with `/v3`. */
  readonly authUrl: string;
  readonly userName: string;
  readonly password: string;
  readonly domainName: string;
  readonly projectId: string;
  readonly region: string;
  readonly imageId: string;
  readonly networkId: string;
  readonly flavorName: string;
  /** No host has room for it. */
  readonly hugeFlavorName: string;
  readonly externalNetworkName: string;
  /** A pool of a load balancer, where there is one. */
  readonly lbPoolId?: string;
}

/** What happens to every server from here on. */
export type ServerFault =
  /** Its build ends in `ERROR`, on a host. */
  | 'build-aborts'
  /** It stays `ACTIVE`, although the request to stop it was accepted. */
  | 'stop-ignored'
  /** It ends in `ERROR` instead of going. */
  | 'delete-fails';

export interface TestCloud {
  /** As in the titles of the tests. */
  readonly name: string;
  readonly facts: CloudFacts;
  /** Longest time that one server takes to come or go, in milliseconds, on a busy machine. */
  readonly patienceMs: number;
  /** How often the servers are looked at, in milliseconds. */
  readonly beatMs: number;
  /** An `evaluation_interval` in which it can be asked, on a busy machine. */
  readonly intervalMs: number;
  /** The most that the project may have; undefined: as before. */
  limitServers(most: number | undefined): Promise<void>;
  limitPorts(most: number | undefined): Promise<void>;
  /** Undefined: all is well again. */
  strike(fault: ServerFault | undefined): Promise<void>;
  /** Makes every boot take so much longer, in milliseconds; 0 ends that. Left out where boots take what they take. */
  delayBoots?(ms: number): Promise<void>;
  /** What services take for good no longer than this after Keystone took it back, in milliseconds. */
  readonly tokenCacheMs: number;
  close(): Promise<void>;
}

/** A server as Nova lists it; the members that are read here. */
export interface SeenServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly created: string;
  /** By network. */
  readonly addresses: Readonly<Record<string, readonly { readonly version: number; readonly addr: string }[]>>;
}

export interface SeenFloatingIp {
  readonly id: string;
  readonly port_id: string | null;
  readonly floating_ip_address: string;
}

/** A user of the project with a token of their own. */
export class CloudUser {
  readonly #facts: CloudFacts;
  #token = '';
  #urls = new Map<string, string>();

  private constructor(facts: CloudFacts) {
    this.#facts = facts;
  }

  /** Logs in. */
  static async logIn(facts: CloudFacts): Promise<CloudUser> {
    const user = new CloudUser(facts);
    await user.#logIn();
    return user;
  }

  async #logIn(): Promise<void> {
    const { authUrl, userName, password, domainName, projectId, region } = this.#facts;
    const identity = {
      methods: ['password'],
      password: { user: { name: userName, password, domain: { name: domainName } } },
    };
    const response = await fetch(`${authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope: { project: { id: projectId } } } }),
    });
    if (response.status !== 201) throw new Error(`login: ${response.status} ${await response.text()}`);
    this.#token = response.headers.get('x-subject-token') ?? '';
    const { token } = (await response.json()) as { token: { catalog: readonly CatalogEntry[] } };
    for (const { type, endpoints } of token.catalog) {
      const endpoint = endpoints.find((one) => one.interface === 'public' && one.region === region);
      if (endpoint !== undefined) this.#urls.set(type, endpoint.url.replace(/\/$/, ''));
    }
  }

  /** @throws unless the status is below 300 or one of `also`. @returns undefined for an empty answer or one of `also`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async ask(service: string, method: string, path: string, body?: unknown, also: readonly number[] = []): Promise<any> {
    const send = () =>
      fetch(`${this.#urls.get(service)}${path}`, {
        method,
        headers: {
          ...{ 'content-type': 'application/json', 'x-auth-token': this.#token },
          'openstack-api-version': 'compute 2.90',
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    let response = await send();
    if (response.status === 401) {
      await this.#logIn();
      response = await send();
    }
    const text = await response.text();
    if (also.includes(response.status)) return undefined;
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** `name address:port` of each member. */
  async members(lbPoolId: string): Promise<readonly string[]> {
    const { members } = await this.ask('load-balancer', 'GET', `/v2.0/lbaas/pools/${lbPoolId}/members`);
    const shown = (one: SeenMember) => `${one.name} ${one.address}:${one.protocol_port}`;
    return members.map(shown).sort();
  }

  /** All of the project, the oldest first. */
  async servers(): Promise<readonly SeenServer[]> {
    const { servers } = await this.ask('compute', 'GET', '/servers/detail');
    return servers.toSorted((a: SeenServer, b: SeenServer) => a.created.localeCompare(b.created));
  }

  async floatingIps(): Promise<readonly SeenFloatingIp[]> {
    return (await this.ask('network', 'GET', '/v2.0/floatingips')).floatingips;
  }

  /** @returns its ID. */
  async createServer(server: object): Promise<string> {
    return (await this.ask('compute', 'POST', '/servers', { server })).server.id;
  }

  async deleteServer(serverId: string): Promise<void> {
    await this.ask('compute', 'DELETE', `/servers/${serverId}`, undefined, [404]);
  }

  /** @returns the ID of the flavor of this name. */
  async flavorId(name: string): Promise<string> {
    const { flavors } = await this.ask('compute', 'GET', '/flavors/detail');
    const found = flavors.find((one: { name: string }) => one.name === name);
    if (found === undefined) throw new Error(`no flavor ${name}`);
    return found.id;
  }

  async revoke(token: string): Promise<void> {
    const response = await fetch(`${this.#facts.authUrl}/auth/tokens`, {
      method: 'DELETE',
      headers: { 'x-auth-token': this.#token, 'x-subject-token': token },
    });
    if (response.status !== 204) throw new Error(`revoking a token: ${response.status} ${await response.text()}`);
  }
}

interface SeenMember {
  readonly name: string;
  readonly address: string;
  readonly protocol_port: number;
}

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string; readonly url: string }[];
}
