/** A real OpenStack, of the test bed beside the repository, which somebody has started. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/program.ts';
import { type CloudFacts, CloudUser, type ServerFault, type TestCloud } from './cloud.ts';

/** Where the test bed keeps its state. */
export const testBedDir = process.env['TESTBED_DIR'] ?? join(process.env['TMPDIR'] ?? tmpdir(), 'openstack-testbed');

export const isTestBedThere = (): boolean => existsSync(join(testBedDir, 'env'));

/** Its hypervisors are fakes, but everything in front of them takes its time. */
const patienceMs = 90_000;

const faultFiles: Readonly<Record<ServerFault, string>> = {
  'build-aborts': 'spawn_fail',
  'stop-ignored': 'stop_fail',
  'delete-fails': 'destroy_fail',
};

export async function openTestBed(): Promise<TestCloud> {
  const env = { ...lines('settings'), ...lines('env') };
  const value = (key: string): string => {
    const found = env[key];
    if (found === undefined) throw new Error(`the test bed in ${testBedDir} does not say ${key}`);
    return found;
  };
  const plain: CloudFacts = {
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
  const balancer = value('TESTBED_LOAD_BALANCER_URL') === '' ? undefined : await makeBalancer(plain, value);
  const facts = { ...plain, ...(balancer && { lbPoolId: balancer.lbPoolId }) };
  const admin = await CloudUser.logIn({
    ...facts,
    userName: value('TESTBED_ADMIN_USERNAME'),
    password: value('TESTBED_ADMIN_PASSWORD'),
  });
  const limit = async (service: string, path: string, body: object | undefined) => {
    await admin.ask(service, body === undefined ? 'DELETE' : 'PUT', `${path}/${facts.projectId}`, body, [404]);
  };
  /** @param content  undefined ends it. */
  const setFault = (name: string, content: string | undefined) => {
    const file = join(value('TESTBED_FAULTS'), name);
    if (content === undefined) rmSync(file, { force: true });
    else writeFileSync(file, content);
  };
  return {
    ...{ name: 'test bed', facts, patienceMs, beatMs: 1_000, intervalMs: 10_000 },
    tokenCacheMs: 1_000 * Number(value('TESTBED_TOKEN_CACHE')),
    limitServers: (most) =>
      limit('compute', '/os-quota-sets', most === undefined ? most : { quota_set: { instances: most, force: true } }),
    limitPorts: (most) => limit('network', '/v2.0/quotas', most === undefined ? most : { quota: { port: most } }),
    async strike(fault) {
      for (const name of Object.values(faultFiles)) setFault(name, undefined);
      if (fault !== undefined) setFault(faultFiles[fault], fault === 'build-aborts' ? 'abort' : '');
    },
    async delayBoots(ms) {
      setFault('spawn_delay', ms > 0 ? String(ms / 1000) : undefined);
    },
    close: () => balancer?.remove() ?? Promise.resolve(),
  };
}

/** Octavia makes one thing of a load balancer at a time. */
async function makeBalancer(facts: CloudFacts, value: (key: string) => string) {
  const user = await CloudUser.logIn(facts);
  const root = '/v2.0/lbaas';
  const vip = { vip_subnet_id: value('TESTBED_SUBNET_ID'), name: 'os-nova' };
  const made = await user.ask('load-balancer', 'POST', `${root}/loadbalancers`, { loadbalancer: vip });
  const path = `${root}/loadbalancers/${made.loadbalancer.id}`;
  const settled = () =>
    eventually(
      'the load balancer takes changes',
      async () => {
        const { loadbalancer } = await user.ask('load-balancer', 'GET', path);
        return loadbalancer.provisioning_status === 'ACTIVE' ? true : undefined;
      },
      patienceMs,
    );
  await settled();
  const wanted = { loadbalancer_id: made.loadbalancer.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };
  const { pool } = await user.ask('load-balancer', 'POST', `${root}/pools`, { pool: wanted });
  await settled();
  return {
    lbPoolId: String(pool.id),
    remove: async () => void (await user.ask('load-balancer', 'DELETE', `${path}?cascade=true`)),
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
