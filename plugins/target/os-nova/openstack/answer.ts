/** Reads what a service answered: a field that is missing, or is something else, is an error and never a made-up value. */
import { isJsonObject, type JsonObject } from 'nomad-autoscaler/sdk';
import { OpenStackError } from './error.ts';

/** One object of an answer. */
export class Part {
  readonly #json: JsonObject;
  readonly #what: string;

  /** @param what  what it is, for errors: `server`. */
  constructor(json: unknown, what: string) {
    if (!isJsonObject(json)) throw unreadable(`${what} is no object`);
    this.#json = json;
    this.#what = what;
  }

  text(key: string): string {
    const value = this.#json[key];
    return typeof value === 'string' ? value : this.#fail(key, 'text');
  }

  /** Empty for a value that is null. */
  textOrNull(key: string): string {
    return this.#json[key] === null ? '' : this.text(key);
  }

  /** Undefined for a value that is null or missing. */
  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  integer(key: string): number {
    const value = this.#json[key];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#fail(key, 'whole number');
  }

  flag(key: string): boolean {
    const value = this.#json[key];
    return typeof value === 'boolean' ? value : this.#fail(key, 'boolean');
  }

  /** A time as text. @returns epoch milliseconds. */
  time(key: string): number {
    const text = this.text(key);
    const at = Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
    return Number.isNaN(at) ? this.#fail(key, 'time') : at;
  }

  texts(key: string): readonly string[] {
    const value = this.#json[key];
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
      return this.#fail(key, 'list of texts');
    return value;
  }

  textMap(key: string): Readonly<Record<string, string>> {
    const value = this.#json[key];
    if (!isJsonObject(value)) return this.#fail(key, 'map of texts');
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
  }

  /** @param what  what an element is. */
  parts(key: string, what: string): readonly Part[] {
    const value = this.#json[key];
    return Array.isArray(value) ? value.map((one) => new Part(one, what)) : this.#fail(key, 'list');
  }

  part(key: string, what: string = key): Part {
    return this.has(key) ? new Part(this.#json[key], what) : this.#fail(key, 'object');
  }

  /** Whatever it is. */
  raw(key: string): unknown {
    return this.#json[key];
  }

  /** Whether there is such a value, and it is not null. */
  has(key: string): boolean {
    return this.#json[key] !== undefined && this.#json[key] !== null;
  }

  #fail(key: string, wanted: string): never {
    throw unreadable(`${this.#what} has no "${key}" that is a ${wanted}`);
  }
}

/** @throws `openstack_request_failed` for a body that is no JSON object. */
export function readBody(body: string): Part {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw unreadable('it is no JSON');
  }
  return new Part(json, 'it');
}

const unreadable = (why: string) => new OpenStackError(`the answer cannot be used: ${why}`, {});
