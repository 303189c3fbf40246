/** Reads submitted JSON as Go does: names match whatever their case, nulls are missing, unknown names are passed over. */
import { isJsonObject, type JsonObject } from '../../lib/json.ts';

/** An object with forgiving names. */
export class Input {
  readonly raw: JsonObject;
  #folded: ReadonlyMap<string, unknown> | undefined;

  constructor(raw: unknown) {
    this.raw = isJsonObject(raw) ? raw : {};
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
    const value = this.value(name);
    return typeof value === 'string' ? value : byDefault;
  }

  number(name: string, byDefault = 0): number {
    const value = this.value(name);
    return typeof value === 'number' ? value : byDefault;
  }

  flag(name: string, byDefault = false): boolean {
    const value = this.value(name);
    return typeof value === 'boolean' ? value : byDefault;
  }

  object(name: string): Input | undefined {
    const value = this.value(name);
    return isJsonObject(value) ? new Input(value) : undefined;
  }

  /** Free-form: kept as it is. */
  opaque(name: string): JsonObject | null {
    const value = this.value(name);
    return isJsonObject(value) ? value : null;
  }

  strings(name: string): Readonly<Record<string, string>> | null {
    const value = this.value(name);
    if (!isJsonObject(value)) return null;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
  }

  list(name: string): readonly unknown[] | null {
    const value = this.value(name);
    return Array.isArray(value) ? value : null;
  }

  texts(name: string): readonly string[] | null {
    return this.list(name)?.map(String) ?? null;
  }

  objects(name: string): readonly JsonObject[] | null {
    return this.list(name)?.filter(isJsonObject) ?? null;
  }

  each<T>(name: string, read: (item: Input) => T): readonly T[] | null {
    return this.objects(name)?.map((item) => read(new Input(item))) ?? null;
  }
}
