/** A Nomad in memory, as far as jobs, their scaling and their allocations go: what it holds, it lists; what it is told, it refuses. */
import type { Clock } from '../../src/lib/clock.ts';
import type { AllocStub } from '../../src/nomad/allocation-types.ts';
import { type NomadClient, nomadClient } from '../../src/nomad/client.ts';
import type { NodeListStub } from '../../src/nomad/node-types.ts';
import type { TaskGroupScaleStatus } from '../../src/nomad/scaling-types.ts';
import type { HttpAnswer, HttpRequest, Transport } from '../../src/nomad/transport.ts';

export interface FakeJob {
  readonly namespace?: string;
  readonly type?: string;
  readonly stopped?: boolean;
  readonly groups: Readonly<Record<string, Partial<TaskGroupScaleStatus>>>;
  readonly allocations?: readonly Partial<AllocStub>[];
  /** The state of its newest deployment. */
  readonly deployment?: string;
  /** What `/v1/job/<id>` answers. */
  readonly spec?: unknown;
}

interface Kept extends FakeJob {
  readonly created: number;
  readonly modified: number;
  readonly summary: number;
}

type Rule = (request: HttpRequest) => HttpAnswer | Error | 'hang' | undefined;

export class FakeNomad {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Kept>();
  readonly #waiting = new Set<() => void>();
  #index = 10;
  #rule: Rule = () => undefined;
  /** `GET /v1/jobs?…`, in the order in which they came. */
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  /** By allocation: what its stats answer. */
  readonly usage = new Map<string, unknown>();
  nodes: readonly Partial<NodeListStub>[] = [];
  /** By node. */
  readonly nodeAllocations = new Map<string, readonly unknown[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  client(
    settings: { readonly namespace?: string; readonly token?: string; readonly waitMs?: number } = {},
  ): NomadClient {
    return nomadClient({ address: 'http://nomad.test:4646', tls: {}, waitMs: 300_000, ...settings }, this.transport);
  }

  /** Registers a job or changes it; the list moves. */
  put(id: string, job: FakeJob): void {
    const key = `${job.namespace ?? 'default'}/${id}`;
    const index = this.#next();
    this.#jobs.set(key, { ...job, created: this.#jobs.get(key)?.created ?? index, modified: index, summary: index });
    this.#wake();
  }

  /** Changes what a job says without moving it in the list, as the scheduler's work between two moves. */
  putQuietly(id: string, job: FakeJob): void {
    const key = `${job.namespace ?? 'default'}/${id}`;
    const known = this.#jobs.get(key);
    if (known === undefined) throw new Error(`no job ${key}`);
    this.#jobs.set(key, { ...known, ...job });
  }

  /** Something happened to its allocations: the summary moves, the job does not. */
  moveAllocations(id: string, job: FakeJob): void {
    this.putQuietly(id, job);
    const key = `${job.namespace ?? 'default'}/${id}`;
    const known = this.#jobs.get(key);
    if (known !== undefined) this.#jobs.set(key, { ...known, summary: this.#next() });
    this.#wake();
  }

  remove(id: string, namespace = 'default'): void {
    this.#jobs.delete(`${namespace}/${id}`);
    this.#next();
    this.#wake();
  }

  /** Answers in place of the usual answer wherever it gives one; replaces the rule before. */
  answer(rule: Rule): void {
    this.#rule = rule;
    this.#wake();
  }

  /** How often something was asked. */
  count(pattern: RegExp): number {
    return this.asked.filter((one) => pattern.test(one)).length;
  }

  forget(): void {
    this.asked.length = 0;
  }

  readonly transport: Transport = async (request, signal) => {
    if (signal.aborted) throw signal.reason;
    this.asked.push(`${request.method} ${request.path}`);
    if (request.body !== undefined) this.bodies.push(JSON.parse(request.body));
    const url = new URL(request.path, 'http://nomad.test');
    const from = Number(url.searchParams.get('index') ?? 0);
    if (request.held && from >= this.#index)
      await this.#move(Number.parseInt(url.searchParams.get('wait') ?? '', 10), signal);
    await Promise.resolve();
    const ruled = this.#rule(request);
    if (ruled === 'hang')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (ruled instanceof Error) throw ruled;
    return ruled ?? (request.method === 'GET' ? this.#answer(url) : this.#write(url, request.body ?? ''));
  };

  #answer(url: URL): HttpAnswer {
    const namespace = url.searchParams.get('namespace') ?? 'default';
    if (url.pathname === '/v1/jobs') return this.#ok(this.#list(namespace));
    if (url.pathname === '/v1/nodes') return this.#ok(this.nodes);
    const [, allocation] = /^\/v1\/client\/allocation\/([^/]+)\/stats$/.exec(url.pathname) ?? [];
    if (allocation !== undefined)
      return this.usage.has(allocation) ? this.#ok(this.usage.get(allocation)) : text(404, 'Unknown allocation');
    const [, node] = /^\/v1\/node\/([^/]+)\/allocations$/.exec(url.pathname) ?? [];
    if (node !== undefined) return this.#ok(this.nodeAllocations.get(node) ?? []);
    const [, id = '', what = ''] = /^\/v1\/job\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const name = decodeURIComponent(id);
    const job = this.#jobs.get(`${namespace}/${name}`);
    if (what === 'allocations') return this.#ok(job?.allocations ?? []);
    if (job === undefined) return text(404, 'job not found');
    switch (what) {
      case 'scale':
        return this.#ok(this.#scale(name, namespace, job));
      case 'deployment':
        return this.#ok(job.deployment && { ID: 'd1e2f3a4-0000', JobCreateIndex: job.created, Status: job.deployment });
      default:
        return this.#ok(job.spec ?? null);
    }
  }

  /** Scales at once. */
  #write(url: URL, body: string): HttpAnswer {
    const [, id = ''] = /^\/v1\/job\/([^/]+)\/scale$/.exec(url.pathname) ?? [];
    const namespace = url.searchParams.get('namespace') ?? 'default';
    const job = this.#jobs.get(`${namespace}/${decodeURIComponent(id)}`);
    if (job === undefined) return text(404, `job "${id}" not found`);
    const { Count, Target } = JSON.parse(body) as { Count: number | null; Target: { Group: string } };
    if (Count !== null)
      this.put(decodeURIComponent(id), { ...job, groups: { ...job.groups, [Target.Group]: { Running: Count } } });
    return this.#ok({});
  }

  #list(namespace: string): unknown[] {
    return [...this.#jobs].flatMap(([key, job]) => {
      const [ns = '', id = ''] = key.split(/\/(.*)/s);
      if (namespace !== '*' && namespace !== ns) return [];
      const JobSummary = { JobID: id, Namespace: ns, Summary: {}, ModifyIndex: job.summary };
      return [{ ID: id, Namespace: ns, Type: job.type ?? 'service', ModifyIndex: job.modified, JobSummary }];
    });
  }

  #scale(id: string, namespace: string, job: Kept): unknown {
    const groups = Object.entries(job.groups).map(([name, group]) => {
      const running = group.Running ?? 0;
      return [
        name,
        { Desired: running, Placed: running, Healthy: running, Unhealthy: 0, Events: null, ...group, Running: running },
      ];
    });
    return {
      JobID: id,
      Namespace: namespace,
      JobCreateIndex: job.created,
      JobModifyIndex: job.modified,
      JobStopped: job.stopped ?? false,
      TaskGroups: Object.fromEntries(groups),
    };
  }

  #ok(body: unknown): HttpAnswer {
    return { status: 200, headers: { 'x-nomad-index': String(this.#index) }, body: JSON.stringify(body ?? null) };
  }

  #next(): number {
    this.#index++;
    return this.#index;
  }

  #wake(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  #move(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(waitMs, resolve);
      this.#waiting.add(() => {
        cancel();
        resolve();
      });
      signal.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }
}

export const text = (status: number, body: string): HttpAnswer => ({ status, headers: {}, body });
export const json = (body: unknown): HttpAnswer => ({ status: 200, headers: {}, body: JSON.stringify(body) });

/** A signal that nobody aborts. */
export const never = new AbortController().signal;
