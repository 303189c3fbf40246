/** Replays recordings of a real Nomad against the embedded one, on a virtual clock and without a socket. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import { type CliStep, cliReplay } from './nomad-cli-golden.ts';
import { type TestNomad, testNomad } from './nomad-server.ts';
import { sharedPath } from './shared.ts';

interface Step extends CliStep {
  readonly do: 'http' | 'cli' | 'sleep' | 'control';
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly ms?: number;
  readonly until?: unknown;
  readonly action?: string;
  readonly node?: string;
  readonly meanwhile?: readonly {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly sleep_ms?: number;
  }[];
  readonly meanwhile_after_ms?: number;
  /** Cuts an answer that goes on. */
  readonly stream_ms?: number;
  readonly request_headers?: Readonly<Record<string, string>>;
}

interface ClusterNode {
  readonly name?: string;
  readonly class?: string;
  readonly dc?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly meta?: Readonly<Record<string, string>>;
  readonly max_allocs?: number;
  readonly later?: boolean;
  readonly reserved?: { readonly cpu?: number; readonly memory?: number; readonly disk?: number };
}

interface Scenario {
  readonly cluster: {
    readonly acl?: boolean;
    readonly server?: string;
    readonly nodes?: readonly ClusterNode[];
    readonly node?: ClusterNode;
  };
  readonly steps: readonly Step[];
}

/** The recordings' own rules of comparing. */
interface Comparing {
  evalPath(root: unknown, path: string): unknown;
  subst(value: unknown, variables: Record<string, unknown>): unknown;
  condition(until: unknown, result: unknown): boolean;
  compareHttp(step: Step, result: unknown): readonly { readonly path: string; readonly text: string }[];
  compareCli(step: Step, result: unknown): readonly { readonly path: string; readonly text: string }[];
}

const pollMs = 150;

/** How fast the machine of the recordings was, in milliseconds: its clients, and the programs around them. */
const clientPace = { startMs: 120, stopMs: 50, lookMs: 200, calmLooks: 5, heartbeatMs: 2500, evaluateMs: 5 };
const [joinMs, settleMs, agentMs, requestMs] = [220, 420, 2200, 4];
/** With ACLs nobody can see when an agent is ready: the recordings began later. */
const closedAgentMs = 4500;

/** How many steps of each kind a recording has. */
export function recordedSteps(name: string): { readonly http: number; readonly cli: number } {
  const { steps } = scenarioOf(name);
  const count = (kind: Step['do']) => steps.filter((step) => step.do === kind).length;
  return { http: count('http'), cli: count('cli') };
}

const scenarioOf = (name: string): Scenario =>
  JSON.parse(readFileSync(`${sharedPath('golden/nomad')}/${name}.json`, 'utf8'));

/** @returns what differs, by step: `#12 GET /v1/jobs: answer.X: …`. */
export async function replay(name: string): Promise<readonly string[]> {
  const folder = sharedPath('golden/nomad');
  const comparing: Comparing = await import(pathToFileURL(`${folder}/compare.mjs`).href);
  const scenario = scenarioOf(name);
  const { nodes = [], node, server, acl = false } = scenario.cluster;
  const joined = server === 'only' ? nodes.filter((one) => !one.later) : [{ ...node, name: 'golden' }];
  const nomad = testNomad({
    nodes: [],
    name: 'golden',
    version: '2.0.6-dev',
    legacy: false,
    acl,
    client: server !== 'only',
    ...{ ...clientPace, agentSettings },
  });
  for (const one of joined) {
    nomad.server.simulation.join(nodeSpec(one));
    await nomad.clock.advance(joinMs);
  }
  await nomad.clock.advance((server === 'only' ? settleMs : acl ? closedAgentMs : agentMs) - joinMs);
  const variables: Record<string, unknown> = {};
  const runCli = cliReplay(nomad, variables, (value) => comparing.subst(value, variables));
  const found: string[] = [];
  for (const [at, step] of scenario.steps.entries()) {
    if (step.do === 'sleep') await nomad.clock.advance(step.ms ?? 0);
    if (step.do === 'control') await control(nomad, step, nodes);
    if (step.do === 'cli') {
      const where = `#${at} $ ${step.argv?.slice(1).join(' ')}`;
      for (const { path, text } of comparing.compareCli(step, await runCli(step))) {
        found.push(`${where}: ${path}: ${text}`);
      }
    }
    if (step.do !== 'http') continue;
    const result = await request(nomad, step, variables, comparing);
    const where = `#${at} ${step.method} ${step.path}`;
    for (const difference of comparing.compareHttp(step, result)) {
      found.push(`${where}: ${difference.path}: ${difference.text}`);
    }
  }
  nomad.server.close();
  return found;
}

/** What the file says that the agents of the recordings were configured with. */
const agentSettings = {
  ...{ ConfigPaths: ['golden.hcl'], Files: ['golden.hcl'], LogLevel: 'INFO' },
  ...{ DisableAnonymousSignature: true, DisableUpdateCheck: true },
  Client: {
    ...{ CpuCompute: 4000, MemoryMB: 8192, DiskTotalMB: 20_000 },
    Options: {
      'driver.denylist': 'java,qemu',
      'fingerprint.denylist': 'env_aws,env_gce,env_azure,env_digitalocean,consul,vault,cni',
    },
  },
  Server: { HeartbeatGrace: 2e9, MinHeartbeatTTL: 3e9 },
};

/** What the machine of the recordings says of itself, and no job asks for. */
const machine = {
  ...{ 'kernel.landlock': 'v7', 'nomad.bridge.hairpin_mode': 'false', 'numa.node.count': '1' },
  ...{ 'numa.node0.cores': '0-1', 'os.cgroups.version': '1', 'os.signals': 'SIGINT' },
  ...{ 'plugins.host_volume.mkdir.version': '0.0.1', 'plugins.secrets.nomad.version': '1.0.0' },
  ...{ 'plugins.secrets.vault.version': '1.0.0', 'unique.host_id': '00000000-0000-4000-8000-000000000000' },
  ...{ 'memory.totalbytes': '25276502016', 'unique.storage.volume': '/dev/disk1' },
  'unique.storage.bytestotal': '270553174016',
};

function nodeSpec(node: ClusterNode): NodeSpec {
  return {
    name: node.name ?? 'golden',
    ...{ datacenter: node.dc ?? 'dc1', nodeClass: node.class ?? '', meta: node.meta ?? {} },
    ...{ cpuMhz: node.cpu ?? 4000, memoryMb: node.memory ?? 8192, maxAllocations: node.max_allocs ?? 0 },
    drivers: ['exec', 'mock_driver', 'raw_exec'],
    attributes: machine,
    reserved: {
      ...{ cpuMhz: node.reserved?.cpu ?? 0, memoryMb: node.reserved?.memory ?? 0, diskMb: node.reserved?.disk ?? 0 },
    },
  };
}

async function control(nomad: TestNomad, step: Step, nodes: readonly ClusterNode[]): Promise<void> {
  const { simulation } = nomad.server;
  const known = simulation.find(step.node ?? '');
  if (step.action !== 'start') {
    if (known !== undefined) simulation.fallSilent(known);
    return;
  }
  await nomad.clock.advance(settleMs);
  if (known !== undefined) simulation.comeBack(known);
  else simulation.join(nodeSpec(nodes.find((one) => one.name === step.node) ?? {}));
  await nomad.clock.advance(0);
}

async function request(nomad: TestNomad, step: Step, variables: Record<string, unknown>, comparing: Comparing) {
  const send = async (request: Pick<Step, 'method' | 'path' | 'body' | 'request_headers'>, signal?: AbortSignal) => {
    const { method = '', path = '', body, request_headers = {} } = request;
    const filled = comparing.subst(body, variables);
    const text = filled === undefined ? '' : typeof filled === 'string' ? filled : JSON.stringify(filled);
    const headers = Object.entries(request_headers).map(([key, value]) => [
      key.toLowerCase(),
      String(comparing.subst(value, variables)),
    ]);
    const url = String(comparing.subst(path, variables));
    return nomad.read({ method, url, body: text, headers: Object.fromEntries(headers), ...(signal && { signal }) });
  };
  for (let leftMs = (step.timeout_s ?? 30) * 1000; ; leftMs -= pollMs) {
    const began = nomad.clock.now();
    let isDone = false;
    const cut = new AbortController();
    await nomad.clock.advance(requestMs);
    const sent = send(step, cut.signal).finally(() => {
      isDone = true;
    });
    if (step.meanwhile !== undefined) {
      await nomad.clock.advance(step.meanwhile_after_ms ?? 300);
      for (const other of step.meanwhile) {
        await send(other);
        await nomad.clock.advance(other.sleep_ms ?? 0);
      }
    }
    await nomad.clock.advance(0);
    while (!isDone) {
      await nomad.clock.advance(10);
      if (nomad.clock.now() - began >= (step.stream_ms ?? Number.POSITIVE_INFINITY)) cut.abort();
    }
    const answered = await sent;
    const headers = Object.fromEntries(
      Object.entries(answered.headers).filter(([key]) => /^(X-Nomad-|Content-Type|Location)/.test(key)),
    );
    const parsed = answered.json === undefined ? jsonOf(answered.text) : answered.json;
    const kind = answered.text === '' ? 'empty' : parsed === undefined ? 'text' : 'json';
    const answer = kind === 'json' ? parsed : answered.text;
    const result: Record<string, unknown> = {
      ...{ status: answered.status, headers, header: headers, kind, answer, raw: answered.text },
      elapsed_ms: nomad.clock.now() - began,
    };
    if (step.until !== undefined && !comparing.condition(step.until, result)) {
      if (leftMs > 0) {
        await nomad.clock.advance(pollMs);
        continue;
      }
      result['until_failed'] = true;
    }
    for (const [key, path] of Object.entries(step.capture ?? {})) {
      const value = comparing.evalPath(result, path);
      if (value !== undefined && value !== null) variables[key.replace(/^\$/, '')] = value;
    }
    return result;
  }
}

/** Some answers are objects under the name of text. */
function jsonOf(text: string): unknown {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it only looks like an object
  }
}
