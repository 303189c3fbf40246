/** Which version of Nova's API is spoken. Source: spec os-nova.md §4.1, §10 (24). */
import { explain, type PluginWorld, withDeadline } from 'nomad-autoscaler/sdk';
import { unusable } from './credentials.ts';
import { allPages } from './pages.ts';
import type { Service } from './service.ts';

/** Tags on create need this one; a Nova that says nothing of its versions is spoken to in it. */
export const leastMicroversion = '2.52';
/** The newest one whose answers are known. */
const newestMicroversion = '2.96';

/** Longest time for what is asked while a plugin opens and may stay unknown. */
export const discoveryMs = 15_000;

/** The headers that choose it. */
export const microversionHeaders = (version: string): Readonly<Record<string, string>> => ({
  'X-OpenStack-Nova-API-Version': version,
  'OpenStack-API-Version': `compute ${version}`,
});

/** The address at which a service tells its versions: without the version part and what follows it. */
export function versionRoot(endpoint: URL): URL {
  const [path = '/'] = /^.*?\/(?=v\d+(\.\d+)?(\/|$))/.exec(endpoint.pathname) ?? [
    `${endpoint.pathname.replace(/\/+$/, '')}/`,
  ];
  return new URL(path, endpoint);
}

/**
 * @param root  Nova at its `versionRoot`.
 * @returns     the newest version that both sides know.
 * @throws      `openstack_request_failed` (usage) for a Nova that is too old. One that does not tell is taken to be new enough.
 */
export async function chooseMicroversion(
  root: Service,
  { clock, log }: Pick<PluginWorld, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<string> {
  const asked = withDeadline(clock, discoveryMs, signal, (inner) => currentVersion(root, inner));
  const offered = await asked.catch((error: unknown) => {
    if (signal.aborted) throw error;
    log.warn(`failed to list compute api versions: ${explain(error)}`);
    return undefined;
  });
  if (offered === undefined) return leastMicroversion;
  if (!/^\d+\.\d+$/.test(offered)) {
    log.warn(`failed to extract compute api version data: the current version is ${JSON.stringify(offered)}`);
    return leastMicroversion;
  }
  if (isBelow(offered, leastMicroversion)) {
    throw unusable(
      `this Nova speaks microversions up to ${offered}; ${leastMicroversion} is needed to create servers with tags`,
    );
  }
  if (isBelow(newestMicroversion, offered)) {
    log.info(`discovered current microversion ${offered} for compute, using ${newestMicroversion}`);
    return newestMicroversion;
  }
  log.info(`discovered current microversion ${offered} for compute, making it the used one`);
  return offered;
}

async function currentVersion(root: Service, signal: AbortSignal): Promise<string> {
  const versions = await allPages(root, { path: '/', key: 'versions', what: 'version' }, signal);
  const current = versions.filter((version) => version.text('status') === 'CURRENT');
  return current.map((version) => version.optionalText('version') ?? '').find(Boolean) ?? '';
}

function isBelow(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
