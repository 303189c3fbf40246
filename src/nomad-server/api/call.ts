/** One request as the handlers see it: its parts by name, refused with Nomad's texts when they cannot be read. */
import { parseDuration } from '../../lib/duration.ts';
import { goBool, goBoolProblem } from '../../lib/go-bool.ts';
import { type Access, fullAccess } from '../acl-access.ts';
import { Refusal } from '../refusal.ts';
import type { ApiRequest } from './http.ts';

export class Call {
  readonly method: string;
  /** As it stands, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: ApiRequest;
  /** What the asking side may do; the guard says it. */
  access: Access = fullAccess;
  /** The accessor of its token. */
  accessor = '';

  constructor(request: ApiRequest) {
    this.request = request;
    this.method = request.method;
    const mark = request.url.indexOf('?');
    this.path = mark < 0 ? request.url : request.url.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
  }

  /** The token that came with it; '' when there is none. */
  get secret(): string {
    const { headers } = this.request;
    return headers['x-nomad-token'] || /^Bearer\s+(\S+)/i.exec(headers['authorization'] ?? '')?.[1] || '';
  }

  get signal(): AbortSignal | undefined {
    return this.request.signal;
  }

  get namespace(): string {
    return this.query.get('namespace') || 'default';
  }

  get prefix(): string {
    return this.query.get('prefix') ?? '';
  }

  get isPretty(): boolean {
    return this.query.has('pretty') && this.query.get('pretty') !== '0';
  }

  /** The body as JSON. */
  json(): unknown {
    if (this.request.body === '') throw new Refusal(400, 'Request body is empty');
    try {
      return JSON.parse(this.request.body);
    } catch {
      throw new Refusal(400, goJsonError(this.request.body));
    }
  }

  /** A boolean parameter; only Go's spellings are taken. */
  flag(name: string): boolean {
    const text = this.query.get(name);
    if (text === null || text === '') return false;
    const value = goBool(text);
    if (value === undefined) throw new Refusal(500, notABool(`"${name}"`, text));
    return value;
  }

  integer(name: string): number | undefined {
    const text = this.query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^[+-]?\d+$/.test(text)) {
      const why = `strconv.Atoi: parsing "${text}": invalid syntax`;
      throw new Refusal(500, `Failed to parse value of "${name}" (${text}) as a int: ${why}`);
    }
    return Number(text);
  }
}

/** @param name  of the parameter, as Nomad shows it. */
export function notABool(name: string, text: string): string {
  return `Failed to parse value of ${name} (${text}) as a bool: ${goBoolProblem(text)}`;
}

/** How a read wants to wait. `index` 0 does not wait. */
export interface Waiting {
  readonly index: number;
  readonly waitMs: number;
}

const longestWaitMs = 300_000;

/** Reads and checks what every read may carry. */
export function waitingOf(call: Call): Waiting {
  const wait = call.query.get('wait');
  let waitMs = 0;
  if (wait !== null && wait !== '') waitMs = readDuration(wait);
  const index = call.query.get('index') ?? '';
  if (index !== '' && !/^\d+$/.test(index)) throw new Refusal(400, 'Invalid index');
  const stale = call.query.get('stale');
  if (stale !== null && stale !== '' && goBool(stale) === undefined) {
    throw new Refusal(400, 'Expect `true` or `false` for `stale` query string parameter');
  }
  return { index: Number(index), waitMs: waitMs <= 0 || waitMs > longestWaitMs ? longestWaitMs : waitMs };
}

function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new Refusal(400, 'Invalid wait time');
  }
}

/** What Go's decoder says about text that is no JSON; the cases that clients meet. */
function goJsonError(text: string): string {
  const body = text.trimStart();
  const afterBrace = /^\{\s*([^"\s}])/.exec(body);
  if (afterBrace) return `invalid character '${afterBrace[1]}' looking for beginning of object key string`;
  if (/^[^[{"\d\-tfn]/.test(body)) return `invalid character '${body[0]}' looking for beginning of value`;
  return 'unexpected EOF';
}
