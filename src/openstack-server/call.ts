/** One request as the handlers see it: its parts by name. */
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { ApiRequest } from './http.ts';
import { Refusal } from './refusal.ts';

export interface CallPlace {
  /** Below the root of the service: `/v2.1/servers`. */
  readonly path: string;
  /** `http://127.0.0.1:8774`, and the path of the service if it has one: what the links of its answers begin with. */
  readonly base: string;
}

export class Call {
  readonly method: string;
  readonly path: string;
  readonly base: string;
  readonly query: URLSearchParams;
  readonly headers: ApiRequest['headers'];
  /** The parts of the path that the route leaves open, decoded. */
  readonly open: readonly string[];
  readonly #body: string;

  constructor(request: ApiRequest, place: CallPlace, open: readonly string[] = []) {
    this.method = request.method;
    this.path = place.path;
    this.base = place.base;
    this.headers = request.headers;
    this.open = open;
    this.#body = request.body;
    const mark = request.url.indexOf('?');
    this.query = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
  }

  /** The first open part of the path: the ID of what is asked for. */
  get id(): string {
    return this.open[0] ?? '';
  }

  /** The body as a JSON object. */
  json(): JsonObject {
    const body = parsed(this.#body);
    if (!isJsonObject(body)) throw new Refusal(400, 'Malformed request body');
    return body;
  }

  /** The object under a name of the body: most bodies have one only. */
  part(name: string): JsonObject {
    const part = this.json()[name];
    if (!isJsonObject(part)) throw new Refusal(400, `'${name}' is a required property`);
    return part;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text of an object that nobody has looked at yet; undefined for anything else. */
export function textOf(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

export function objectOf(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}
