/** A real OpenStack, of the test bed beside the repository, which somebody has started. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudFacts, CloudUser, type TestCloud } from './cloud.ts';

/** Where the test bed keeps its state. */
export const testBedDir = process.env['TESTBED_DIR'] ?? join(process.env['TMPDIR'] ?? tmpdir(), 'openstack-testbed');

export const isTestBedThere = (): boolean => existsSync(join(testBedDir, 'env'));

/** Its hypervisors are fakes, but everything in front of them takes its time. */
const patienceMs = 90_000;

export async function openTestBed(): Promise<TestCloud> {
  const env = { ...lines('settings'), ...lines('env') };
  const value = (key: string): string => {
    const found = env[key];
    if (found === undefined) throw new Error(`the test bed in ${testBedDir} does not say ${key}`);
    return found;
  };
  const facts: CloudFacts = {
    authUrl: value('OS_AUTH_URL'),
    userName: value('OS_USERNAME'),
    password: value('OS_PASSWORD'),
    domainName: value('OS_USER_DOMAIN_NAME'),
    projectId: value('OS_PROJECT_ID'),
    region: value('OS_REGION_NAME'),
    imageId: value('TESTBED_IMAGE_ID'),
    networkId: value('TESTBED_NETWORK_ID'),
    flavorName: value('TESTBED_FLAVOR_NAME'),
    hugeFlavorName: 'huge-never-fits',
    externalNetworkName: value('TESTBED_EXTERNAL_NETWORK_NAME'),
  };
  const admin = await CloudUser.logIn({
    ...facts,
    userName: value('TESTBED_ADMIN_USERNAME'),
    password: value('TESTBED_ADMIN_PASSWORD'),
  });
  const limit = async (service: string, path: string, body: object | undefined) => {
    await admin.ask(service, body === undefined ? 'DELETE' : 'PUT', `${path}/${facts.projectId}`, body, [404]);
  };
  return {
    ...{ name: 'test bed', facts, patienceMs, beatMs: 1_000 },
    tokenCacheMs: 1_000 * Number(value('TESTBED_TOKEN_CACHE')),
    limitServers: (most) =>
      limit('compute', '/os-quota-sets', most === undefined ? most : { quota_set: { instances: most, force: true } }),
    limitPorts: (most) => limit('network', '/v2.0/quotas', most === undefined ? most : { quota: { port: most } }),
    close: () => Promise.resolve(),
  };
}

/** The lines `KEY=VALUE` of one of its files. */
const lines = (file: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readFileSync(join(testBedDir, file), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const at = line.indexOf('=');
        return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
      }),
  );
