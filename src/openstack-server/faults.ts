/** What can be made to go wrong: with requests, and with the servers themselves. */
import type { Cancel } from '../lib/clock.ts';
import type { Service } from './http.ts';

/** What happens to a request. */
export type Fault =
  /** It, or with `after` only its answer, takes this much longer. */
  | { readonly kind: 'slow'; readonly ms: number; readonly after?: boolean }
  /** No answer comes as long as the caller waits; nothing is done. */
  | { readonly kind: 'silent' }
  /** Nobody listens. */
  | { readonly kind: 'refused' }
  /** It is carried out, and then the connection breaks. */
  | { readonly kind: 'lost' }
  /** It is refused in the form of its service, or by a page of the web server in front of it. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text?: string;
      readonly retryAfterS?: number;
      readonly isPage?: boolean;
    };

/** Which requests it hits; what is left out does not matter. */
export interface RequestMatch {
  readonly service?: Service;
  readonly method?: string;
  /** Looked for in path and query below the root of the service: `/^\/v2\.1\/servers$/`. */
  readonly path?: RegExp;
  /** Looked for in the body: it tells `os-stop` from `forceDelete`. */
  readonly body?: RegExp;
}

export interface FaultyRequest {
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What happens to a server. */
export type ServerFaultKind =
  /** No host takes it: `ERROR` soon after the request. */
  | 'no-valid-host'
  /** It stays in `BUILD`. */
  | 'build-hangs'
  /** Its build ends in `ERROR`, on a host. */
  | 'build-aborts'
  /** It stays `ACTIVE`, although the request to stop was accepted. */
  | 'stop-ignored'
  /** It stays `ACTIVE` with the task `powering-off`. */
  | 'stop-hangs'
  /** It ends in `ERROR` instead of going. */
  | 'delete-fails'
  /** It stays, with the task `deleting`. */
  | 'delete-hangs';

export interface ServerMatch {
  readonly name?: RegExp;
  /** The zone that it is in, or is to be in. */
  readonly zone?: string;
}

export interface FaultyServer {
  readonly name: string;
  readonly zone: string;
}

interface Armed<F, S> {
  readonly fault: F;
  readonly hits: (subject: S) => boolean;
  left: number;
}

/** Faults that wait for their subjects, the oldest first. */
class Arming<F, S> {
  readonly #armed = new Set<Armed<F, S>>();

  arm(fault: F, hits: (subject: S) => boolean, times: number): Cancel {
    const one = { fault, hits, left: times };
    this.#armed.add(one);
    return () => this.#armed.delete(one);
  }

  /** Those that hit, one after the other; each that is taken has happened once more. */
  *take(subject: S, isWanted: (fault: F) => boolean = () => true): Generator<F, undefined> {
    for (const one of this.#armed) {
      if (!isWanted(one.fault) || !one.hits(subject)) continue;
      one.left--;
      if (one.left <= 0) this.#armed.delete(one);
      yield one.fault;
    }
  }

  clear(): void {
    this.#armed.clear();
  }
}

export class Faults {
  readonly #requests = new Arming<Fault, FaultyRequest>();
  readonly #servers = new Arming<ServerFaultKind, FaultyServer>();

  /** @param times  how many requests it hits; every one until it is taken back, unless told. */
  onRequest(match: RequestMatch, fault: Fault, times = Number.POSITIVE_INFINITY): Cancel {
    const hits = ({ service, method, path, body }: FaultyRequest) =>
      (match.service ?? service) === service &&
      (match.method ?? method) === method &&
      (match.path?.test(path) ?? true) &&
      (match.body?.test(body) ?? true);
    return this.#requests.arm(fault, hits, times);
  }

  onServer(match: ServerMatch, kind: ServerFaultKind, times = Number.POSITIVE_INFINITY): Cancel {
    const hits = ({ name, zone }: FaultyServer) => (match.zone ?? zone) === zone && (match.name?.test(name) ?? true);
    return this.#servers.arm(kind, hits, times);
  }

  /** Takes all back. */
  clear(): void {
    this.#requests.clear();
    this.#servers.clear();
  }

  ofRequest(request: FaultyRequest): readonly Fault[] {
    return [...this.#requests.take(request)];
  }

  /** @returns the first of these kinds that hits the server. */
  ofServer(server: FaultyServer, kinds: readonly ServerFaultKind[]): ServerFaultKind | undefined {
    return this.#servers.take(server, (kind) => kinds.includes(kind)).next().value;
  }
}
