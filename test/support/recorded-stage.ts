/** What Nomad and Prometheus answered in a recorded case, answered again on loopback, in virtual time. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { VirtualClock } from '../../src/lib/clock.ts';

export interface Exchange {
  readonly n: number;
  /** Seconds since the start at which it was asked, and milliseconds that the answer took. */
  readonly t: number;
  readonly ms: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: string;
    readonly body?: unknown;
  };
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** An answer that was given so many milliseconds after a write (the first: after the start). */
interface Given {
  readonly status: number;
  readonly index: number;
  readonly body: unknown;
  readonly afterWrite: number;
  readonly ms: number;
  /** When that write was asked for then, epoch milliseconds. */
  readonly writtenAt: number;
}

/** Time goes on in such steps. */
export const stepMs = 50;

/** Turns of the event loop in which whatever is under way between the two would show. */
const quietTurns = 30;

/** All requests of the recorded agent, in the order of their answers. */
export function exchangesOf(folder: string): readonly Exchange[] {
  const all = readFileSync(join(folder, 'requests.jsonl'), 'utf8').trimEnd().split('\n');
  return all.map((line) => JSON.parse(line) as Exchange);
}

/** Answers for Nomad and Prometheus. After a write of this agent come the answers that came after the same write of upstream. */
export class Stage {
  readonly unanswered: string[] = [];
  readonly #onWrite: (body: string) => void;
  readonly #clock: VirtualClock;
  readonly #writtenAt: number[];
  /** By path, for Prometheus by path and query. */
  readonly #answers = new Map<string, Given[]>();
  readonly #replies: Given[] = [];
  readonly #held = new Set<() => boolean>();
  #lastMoveAt = 0;

  constructor(exchanges: readonly Exchange[], clock: VirtualClock, onWrite: (body: string) => void) {
    this.#onWrite = onWrite;
    this.#clock = clock;
    const startAt = clock.now();
    this.#writtenAt = [startAt];
    const bodies = new Map(exchanges.map(({ n, answer }) => [n, answer?.body]));
    const writes = exchanges.filter(({ request }) => request.method === 'PUT').sort((a, b) => a.t - b.t);
    for (const { t, ms, request, answer } of exchanges) {
      if (answer === undefined) continue;
      const at = t * 1000 + ms;
      // An answer that came while a write was under way shows what the write did.
      const afterWrite = writes.filter((write) => write.t * 1000 <= at).length;
      const writtenMs = afterWrite === 0 ? 0 : (writes[afterWrite - 1]?.t ?? 0) * 1000;
      const given = {
        status: answer.status,
        index: Number(answer.headers['x-nomad-index'] ?? 0),
        body: whole(bodyOf(answer.body, bodies)),
        afterWrite,
        ms: at - writtenMs,
        writtenAt: startAt + writtenMs,
      };
      if (request.method === 'PUT') this.#replies.push(given);
      else {
        const key = keyOf(request.path, String(request.body ?? request.query ?? ''));
        this.#answers.set(key, [...(this.#answers.get(key) ?? []), given]);
      }
    }
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    this.#lastMoveAt = performance.now();
    const url = new URL(request.url ?? '/', 'http://stage');
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const send = (status: number, index: number, body: unknown) => {
        this.#lastMoveAt = performance.now();
        response.writeHead(status, { 'content-type': 'application/json', 'x-nomad-index': String(index) });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      };
      if (request.method === 'PUT') {
        const reply = this.#replies[Math.min(this.#writtenAt.length, this.#replies.length) - 1];
        this.#onWrite(text);
        const askedAt = this.#clock.now();
        this.#writtenAt.push(askedAt);
        // A write takes time: the cooldown after it begins a little later than its round.
        this.#held.add(() => {
          if (this.#clock.now() === askedAt) return false;
          send(reply?.status ?? 200, reply?.index ?? 1, reply?.body ?? {});
          return true;
        });
        return;
      }
      const held = Number(url.searchParams.get('index') ?? 0);
      const answer = () => {
        const found =
          url.pathname === '/v1/jobs'
            ? this.#jobs()
            : this.#now(keyOf(url.pathname, text || url.search.slice(1)), held > 1 ? 0 : 2 * stepMs);
        if (found === undefined) {
          if (held > 0) return false; // the recording ended while this was on its way
          // Upstream never asks for deployments, and a list of policies that stayed empty was never answered.
          const isNone = url.pathname.endsWith('/deployment') || url.pathname === '/v1/scaling/policies';
          if (!isNone) this.unanswered.push(`${request.method} ${url.pathname}`);
          send(200, 1, 'null');
        } else if (held > 1 && found.index <= held) return false;
        else send(found.status, found.index, this.#moved(found));
        return true;
      };
      if (answer()) return;
      this.#held.add(answer);
      response.on('close', () => this.#held.delete(answer));
    });
  }

  /** Time went on. */
  turn(): void {
    for (const answer of this.#held) if (answer()) this.#held.delete(answer);
  }

  /**
   * Waits until nobody has asked or been answered for a moment. Both ends are in this process, so turns of its event loop
   * count as well: on a busy machine it may get none for longer than the moment lasts.
   */
  async quiet(): Promise<void> {
    let seen: number;
    do {
      seen = this.#lastMoveAt;
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let turn = 0; turn < quietTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
    } while (this.#lastMoveAt !== seen || performance.now() - seen < 3);
  }

  /**
   * The newest answer that was given by this time; the first when there is none yet.
   *
   * @param aheadMs  what was asked because of another answer was answered a little later than that.
   */
  #now(key: string, aheadMs = 0): Given | undefined {
    const written = this.#writtenAt.length - 1;
    const nowMs = this.#clock.now() - (this.#writtenAt[written] ?? 0);
    const isDue = ({ afterWrite, ms }: Given) =>
      afterWrite < written || (afterWrite === written && ms <= nowMs + aheadMs);
    const all = this.#answers.get(key) ?? [];
    return all.findLast(isDue) ?? all[0];
  }

  /** Scaling events happened when this agent wrote, not when upstream did. */
  #moved({ body, afterWrite, writtenAt }: Given): unknown {
    const groups = (body as { readonly TaskGroups?: Readonly<Record<string, { readonly Events?: unknown }>> } | null)
      ?.TaskGroups;
    if (afterWrite === 0 || groups === undefined || Array.isArray(groups)) return body;
    const laterMs = (this.#writtenAt[afterWrite] ?? writtenAt) - writtenAt;
    const moved = Object.entries(groups).map(([name, group]) => {
      const events = (group.Events ?? []) as readonly { readonly Time: number }[];
      return [name, { ...group, Events: events.map((event) => ({ ...event, Time: event.Time + laterMs * 1e6 })) }];
    });
    return { ...(body as object), TaskGroups: Object.fromEntries(moved) };
  }

  /** The list of jobs, made of what was told of each of them. */
  #jobs(): Given {
    const jobs = [...this.#answers.keys()].flatMap((key) => {
      const [, id] = /^\/v1\/job\/([^/]+)\/scale/.exec(key) ?? [];
      const found = id === undefined ? undefined : this.#now(key);
      if (found?.status !== 200) return [];
      const { Namespace, JobModifyIndex, JobStopped } = found.body as Record<string, unknown>;
      const job = { ID: id, Namespace, Type: 'service', Stop: JobStopped, ModifyIndex: JobModifyIndex };
      return [{ ...job, JobSummary: { ModifyIndex: found.index } }];
    });
    const index = Math.max(2, ...jobs.map(({ JobSummary }) => JobSummary.ModifyIndex));
    return { status: 200, index, body: jobs, afterWrite: 0, ms: 0, writtenAt: 0 };
  }
}

/** Prometheus is told by the query, everything else by the path. */
function keyOf(path: string, parameters: string): string {
  return path.startsWith('/api/') ? `${path} ${new URLSearchParams(parameters).get('query')}` : path;
}

function bodyOf(body: unknown, earlier: ReadonlyMap<number, unknown>): unknown {
  const same = typeof body === 'object' && body !== null && 'same_as' in body ? Number(body.same_as) : undefined;
  return same === undefined ? body : bodyOf(earlier.get(same), earlier);
}

/** Of a series that was told before, the recording left out the points between the first and the last. */
function whole(body: unknown): unknown {
  const { data } = (body ?? {}) as { readonly data?: { readonly resultType?: string; readonly result?: unknown } };
  if (data?.resultType !== 'matrix') return body;
  const series = data.result as readonly { readonly values: readonly (readonly [number, string])[] }[];
  const result = series.map(({ values, ...rest }) => ({
    ...rest,
    values: values.flatMap(([at, value], place) => {
      const missing = Math.round((values[place + 1]?.[0] ?? at + 1) - at) - 1;
      return [[at, value], ...Array.from({ length: missing }, (_, step) => [at + step + 1, value])];
    }),
  }));
  return { ...(body as object), data: { ...data, result } };
}
