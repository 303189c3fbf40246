/** From settings to a cloud that can be asked: reads them, logs in, finds the services. Source: spec os-nova.md §2, §4. */
import { explain, type Fetch, inContext, type PluginWorld, shownAddress } from 'nomad-autoscaler/sdk';
import type { Cloud } from '../cloud.ts';
import type { CloudConfig } from '../config-cloud.ts';
import { balancerOf } from '../settings.ts';
import { balancingOf } from './balancer.ts';
import { endpointOf, type ServiceType } from './catalog.ts';
import { cloudFromFiles } from './clouds-file.ts';
import { computeOf } from './compute.ts';
import { type Access, accessOf, loginOf, scopeOf, unusable } from './credentials.ts';
import { identityRoot, openIdentity, type Way } from './identity.ts';
import { imagesOf } from './image.ts';
import { chooseMicroversion, leastMicroversion, microversionHeaders, versionRoot } from './microversion.ts';
import { networkingOf } from './network.ts';
import { openService, type Service } from './service.ts';
import { openSession, type Session } from './session.ts';
import { readTls } from './tls.ts';
import { fromConfig, fromEnv, type Places } from './values.ts';
import { tellZones } from './zones.ts';

export interface OpenOptions {
  /** Ends the opening, not the cloud. */
  readonly signal?: AbortSignal;
  /** A cloud in this process, in place of sockets. */
  readonly fetch?: Fetch;
}

/**
 * Opens an OpenStack project. What goes on in it is asked for by the methods of `Cloud`.
 *
 * @throws `openstack_request_failed`, or what a connection throws, in contexts with upstream's texts; `invalid_config` (usage)
 *         for a balancer without a port.
 */
export async function openCloud(config: CloudConfig, world: PluginWorld, options: OpenOptions = {}): Promise<Cloud> {
  const opened: Closable[] = [];
  const close = async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  };
  const keep: Keep = (one) => {
    opened.push(one);
    return one;
  };
  try {
    return { ...(await assemble(config, world, options, keep)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

/** Closes it together with the cloud. */
type Keep = <T extends Closable>(one: T) => T;

async function assemble(
  config: CloudConfig,
  world: PluginWorld,
  { signal = new AbortController().signal, fetch }: OpenOptions,
  keep: Keep,
): Promise<Omit<Cloud, 'close'>> {
  const places = await placesOf(config, world);
  const access = accessOf(places);
  for (const warning of access.warnings) world.log.warn(warning);
  const way: Way = { tls: await readTls(access), ...(fetch && { fetch }) };
  const session = keep(await logIn(places, access, way, world, signal));
  const open = opener({ session, access, way, world, keep });

  const compute = computeOf(await openNova(open, world, signal));
  const image = await open('image', (url) => below(url, 'v2/'));
  const network = await open('network', (url) => below(url, 'v2.0/'));
  const octavia = once(() => open('load-balancer', (url) => below(url, 'v2.0/')));
  if (balancerOf(config, config) !== undefined) await octavia();
  await tellZones(compute, world, signal);
  return { ...compute, images: imagesOf(image), ...networkingOf(network), ...balancingOf(octavia, world) };
}

/** The plugin's block counts first, then the environment, then `clouds.yaml`. */
async function placesOf(config: CloudConfig, { env, log }: PluginWorld): Promise<Places> {
  const fromFiles = await cloudFromFiles(config.cloud ?? env['OS_CLOUD'], env).catch((cause: unknown) => {
    if (config.cloud !== undefined) throw inContext('failed to read clouds.yaml', cause);
    // It may be meant for other programs, and the plugin's block may be enough.
    log.warn(`failed to read clouds.yaml for OS_CLOUD: ${explain(cause)}`);
    return {};
  });
  return [fromConfig(config), fromEnv(env), fromFiles];
}

async function logIn(
  places: Places,
  { authUrl }: Access,
  way: Way,
  world: PluginWorld,
  signal: AbortSignal,
): Promise<Session> {
  if (/^https?:/i.test(authUrl) && !URL.canParse(authUrl)) {
    throw inContext('failed to create OS client', unusable(`parse ${JSON.stringify(shownAddress(authUrl))}: no URL`));
  }
  try {
    const root = identityRoot(authUrl);
    const login = loginOf(places);
    const identity = openIdentity(root, login, scopeOf(places, login), way, world);
    return await openSession(identity, world, signal);
  } catch (error) {
    throw inContext('failed to authenticate with OS', error);
  }
}

/** What services are called in upstream's texts. */
const clientNames: Readonly<Record<ServiceType, string>> = {
  compute: 'compute',
  image: 'image',
  network: 'network',
  'load-balancer': 'load balancer',
};

/** Opens a service of the catalogue. @param at  from its address there to the one that is asked. */
type Open = (
  type: ServiceType,
  at: (endpoint: URL) => URL,
  headers?: Readonly<Record<string, string>>,
) => Promise<Service>;

interface Means {
  readonly session: Session;
  readonly access: Access;
  readonly way: Way;
  readonly world: PluginWorld;
  readonly keep: Keep;
}

const opener =
  ({ session, access, way, world, keep }: Means): Open =>
  async (type, at, headers = {}) => {
    try {
      const address = at(endpointOf(session.catalog, type, access));
      return keep(await openService(address, headers, session, way, world));
    } catch (error) {
      throw inContext(`failed to create OS ${clientNames[type]} client`, error);
    }
  };

async function openNova(open: Open, world: PluginWorld, signal: AbortSignal): Promise<Service> {
  const root = await open('compute', versionRoot, microversionHeaders(leastMicroversion));
  const version = await chooseMicroversion(root, world, signal).catch((error: unknown) => {
    throw inContext('failed to create OS compute client', error);
  });
  return open('compute', (url) => url, microversionHeaders(version));
}

/** The address with its version, whether or not the catalogue names one. */
function below(endpoint: URL, version: string): URL {
  return new URL(version, versionRoot(endpoint));
}

/** Made when it is first wanted; again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
