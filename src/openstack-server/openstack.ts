/**
 * An OpenStack of memory: Keystone, Nova, Glance, Neutron and Octavia of one project, as far as a pool of servers needs them,
 * with servers that boot, stop and go, and with faults on demand. It serves the first steps and tests.
 */
import type { Clock } from '../lib/clock.ts';
import { computeRoutes } from './api/compute.ts';
import { identityRoutes } from './api/identity.ts';
import { imageRoutes } from './api/image.ts';
import { loadBalancerRoutes } from './api/load-balancer.ts';
import { networkRoutes } from './api/network.ts';
import { serverRoutes } from './api/servers.ts';
import { Balancers } from './balancers.ts';
import { type OpenStackConfig, type Setting, settingOf } from './config.ts';
import { Faults } from './faults.ts';
import { fetchFrom } from './fetch.ts';
import { FloatingIps } from './floating-ips.ts';
import { gateway } from './gateway.ts';
import type { ApiRequest, ApiResponse } from './http.ts';
import { Journal, type Journaled } from './journal.ts';
import { Ports } from './ports.ts';
import { routerOf } from './router.ts';
import { type Guests, Servers } from './servers.ts';
import { newState, type State } from './state.ts';
import { Timers } from './timers.ts';
import { Tokens } from './tokens.ts';

export interface OpenStackOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly config?: OpenStackConfig;
  readonly guests?: Guests;
}

export interface OpenStack {
  /**
   * Answers as a server behind a port would. Keystone is at `/`, whose catalogue leads to the others.
   *
   * @throws what a broken connection throws, or the reason of the request's signal.
   */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** The same in the shape of `fetch`, for any host. */
  fetch(request: Request): Promise<Response>;
  /** What there is now. */
  readonly state: State;
  readonly setting: Setting;
  readonly faults: Faults;
  readonly tokens: Tokens;
  /** The newest requests, some thousands of them, the oldest first. */
  readonly requests: readonly Journaled[];
  /** Stops every timer. */
  close(): void;
}

/** Starts one. Nothing listens yet: it goes on a port as the embedded Nomad does. */
export function openStack({ clock, random, config = {}, guests = {} }: OpenStackOptions): OpenStack {
  const setting = settingOf(config);
  const state = newState();
  const faults = new Faults();
  const timers = new Timers(clock);
  const journal = new Journal(clock);
  const shared = { setting, state, timers, random, now: () => clock.now() };
  const ports = new Ports(setting, state, random);
  const servers = new Servers({ ...shared, ports, faults, guests });
  const floatingIps = new FloatingIps({ ...shared, ports });
  const tokens = new Tokens(shared);
  const startedAt = clock.now();
  const routes = {
    identity: routerOf(identityRoutes(setting, tokens)),
    compute: routerOf({ ...computeRoutes(setting, state), ...serverRoutes({ setting, state, servers, ports }) }),
    image: routerOf(imageRoutes(setting, startedAt)),
    network: routerOf(networkRoutes({ setting, state, floatingIps, startedAt })),
    'load-balancer': routerOf(loadBalancerRoutes(setting, new Balancers(shared))),
  };
  const handle = gateway({ clock, setting, faults, journal, tokens, routes });
  return {
    handle,
    fetch: (request) => fetchFrom(handle, request),
    ...{ state, setting, faults, tokens },
    get requests() {
      return journal.entries;
    },
    close: () => timers.close(),
  };
}
