/** How long calls take, by the names that Nomad's servers have for them. Compat: spec nomad-api.md §11.2. */
import { quantilesOf, type Summary } from '../metrics.ts';
import type { ApiRequest, ApiResponse } from './http.ts';

/** Calls of which the quantiles are told. */
const mostKept = 100;

interface Times {
  count: number;
  sumMs: number;
  /** Milliseconds of the latest calls, the newest last. */
  readonly latest: number[];
}

export class RpcTimes {
  readonly #times = new Map<string, Times>();

  add(rpc: string, ms: number): void {
    const times = this.#times.get(rpc) ?? { count: 0, sumMs: 0, latest: [] };
    this.#times.set(rpc, times);
    times.count++;
    times.sumMs += ms;
    times.latest.push(ms);
    if (times.latest.length > mostKept) times.latest.shift();
  }

  /** @param nowMs  the clock. */
  timed(
    handle: (request: ApiRequest) => Promise<ApiResponse>,
    nowMs: () => number,
  ): (request: ApiRequest) => Promise<ApiResponse> {
    return async (request) => {
      const rpc = rpcOf(request);
      if (rpc === undefined) return handle(request);
      const began = nowMs();
      const response = await handle(request);
      this.add(rpc, nowMs() - began);
      return response;
    };
  }

  summaries(): readonly Summary[] {
    return [...this.#times].map(([rpc, { count, sumMs, latest }]) => ({
      ...{ name: `nomad.${rpc}`, labels: {}, count, sum: sumMs },
      quantiles: quantilesOf(latest),
    }));
  }
}

const jobReads: Readonly<Record<string, string>> = {
  ...{ allocations: 'job.allocations', evaluations: 'job.evaluations', versions: 'job.get_job_versions' },
  ...{ deployments: 'job.deployments', deployment: 'job.latest_deployment', scale: 'job.scale_status' },
  ...{ summary: 'job_summary.get_job_summary', services: 'job.get_service_registrations' },
};

const jobWrites: Readonly<Record<string, string>> = {
  ...{ plan: 'job.plan', evaluate: 'job.evaluate', dispatch: 'job.dispatch', revert: 'job.revert' },
  ...{ scale: 'job.scale', stable: 'job.stable' },
};

/** @returns undefined for calls that are not timed: those that are not about jobs. */
export function rpcOf({ method, url }: Pick<ApiRequest, 'method' | 'url'>): string | undefined {
  const [path = ''] = url.split('?');
  const isRead = method === 'GET';
  if (path === '/v1/jobs') return isRead ? 'job.list' : 'job.register';
  if (path === '/v1/validate/job') return 'job.validate';
  if (!path.startsWith('/v1/job/')) return undefined;
  if (method === 'DELETE') return 'job.deregister';
  const action = path.slice(path.lastIndexOf('/') + 1);
  return isRead ? (jobReads[action] ?? 'job.get_job') : (jobWrites[action] ?? 'job.register');
}
