/** Reads submitted JSON as Go does: names match whatever their case, nulls are missing, unknown names are passed over. */
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { Refusal } from '../refusal.ts';

/** Where a value of a request belongs, as Go's decoder names it. */
interface Place {
  /** The type around it: `TaskGroup`. */
  readonly struct: string;
  /** The names on the way to it: `Job.TaskGroups.`, '' at the top. */
  readonly path: string;
}

/** An object with forgiving names. */
export class Input {
  readonly raw: JsonObject;
  /** Without it a value of the wrong type counts as missing. */
  readonly #place: Place | undefined;
  #folded: ReadonlyMap<string, unknown> | undefined;

  constructor(raw: unknown, place?: Place) {
    this.raw = isJsonObject(raw) ? raw : {};
    this.#place = place;
  }

  /**
   * An object whose values of the wrong type are refused, with status 400, when they are read.
   *
   * @param struct  the type of Nomad's client library that it is to become.
   * @param path    the names on the way to it, each with a dot behind it.
   *
   * Compat: the texts of Go's decoder, with types as far as the names tell them.
   */
  static strict(raw: unknown, struct: string, path = ''): Input {
    if (raw !== null && raw !== undefined && !isJsonObject(raw)) {
      throw new Refusal(400, `json: cannot unmarshal ${kindOf(raw)} into Go value of type api.${struct}`);
    }
    return new Input(raw, { struct, path });
  }

  /** @returns the value as it stands; undefined when missing or null. */
  value(name: string): unknown {
    if (name in this.raw) return this.raw[name] ?? undefined;
    this.#folded ??= new Map(Object.entries(this.raw).map(([key, value]) => [key.toLowerCase(), value]));
    return this.#folded.get(name.toLowerCase()) ?? undefined;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  text(name: string, byDefault = ''): string {
    return this.#typed(name, isText, 'string') ?? byDefault;
  }

  number(name: string, byDefault = 0): number {
    return this.#typed(name, this.#place === undefined ? isNumber : isWhole, 'int') ?? byDefault;
  }

  flag(name: string, byDefault = false): boolean {
    return this.#typed(name, isFlag, 'bool') ?? byDefault;
  }

  object(name: string): Input | undefined {
    const value = this.#typed(name, isJsonObject, `api.${name}`);
    return value && this.#inner(name, name, value);
  }

  /** Free-form: kept as it is. */
  opaque(name: string): JsonObject | null {
    return this.#typed(name, isJsonObject, 'map[string]interface {}') ?? null;
  }

  strings(name: string): Readonly<Record<string, string>> | null {
    const value = this.#typed(name, isJsonObject, 'map[string]string');
    if (value === undefined) return null;
    const entries = Object.entries(value).map(([key, one]) => [key, this.#string(name, one)] as const);
    return Object.fromEntries(entries);
  }

  list(name: string): readonly unknown[] | null {
    return this.#typed(name, isList, `[]*api.${singular(name)}`) ?? null;
  }

  texts(name: string): readonly string[] | null {
    return this.#typed(name, isList, '[]string')?.map((one) => this.#string(name, one)) ?? null;
  }

  objects(name: string): readonly JsonObject[] | null {
    const list = this.list(name);
    if (list === null) return null;
    for (const one of list) if (!isJsonObject(one) && one !== null) this.#refuse(name, one, `api.${singular(name)}`);
    return list.filter(isJsonObject);
  }

  each<T>(name: string, read: (item: Input) => T): readonly T[] | null {
    return this.objects(name)?.map((item) => read(this.#inner(name, singular(name), item))) ?? null;
  }

  #typed<T>(name: string, isRight: (value: unknown) => value is T, type: string): T | undefined {
    const value = this.value(name);
    if (value === undefined || isRight(value)) return value;
    this.#refuse(name, value, type);
    return undefined;
  }

  #string(name: string, value: unknown): string {
    if (!isText(value)) this.#refuse(name, value, 'string');
    return String(value);
  }

  #refuse(name: string, value: unknown, type: string): void {
    if (this.#place === undefined) return;
    const { struct, path } = this.#place;
    const field = `${struct}.${path}${name}`;
    const kind = isNumber(value) && type === 'int' ? `number ${value}` : kindOf(value);
    throw new Refusal(400, `json: cannot unmarshal ${kind} into Go struct field ${field} of type ${type}`);
  }

  #inner(name: string, struct: string, raw: JsonObject): Input {
    return new Input(raw, this.#place && { struct, path: `${this.#place.path}${name}.` });
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
/** Of what a job says no number has a fraction. */
const isWhole = (value: unknown): value is number => isNumber(value) && Number.isInteger(value);
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** `TaskGroups` to `TaskGroup`, `ScalingPolicies` to `ScalingPolicy`. */
const singular = (name: string) => name.replace(/ies$/, 'y').replace(/s$/, '');

function kindOf(value: unknown): string {
  if (isFlag(value)) return 'bool';
  return Array.isArray(value) ? 'array' : typeof value;
}
