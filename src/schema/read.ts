/** What reading one value gives. */

/** A value, or what is wrong with it and in which entry or element. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly at?: string | number };

export const read = <T>(value: T): Read<T> => ({ ok: true, value });
export const wrong = (why: string, at?: string | number): Read<never> =>
  at === undefined ? { ok: false, why } : { ok: false, why, at };

/** Reads every entry, up to the first wrong one. */
export function readEntries<V, T>(
  entries: readonly (readonly [string, V])[],
  one: (item: V) => Read<T>,
): Read<Readonly<Record<string, T>>> {
  const values: [string, T][] = [];
  for (const [key, item] of entries) {
    const got = one(item);
    if (!got.ok) return wrong(got.why, key);
    values.push([key, got.value]);
  }
  return read(Object.fromEntries(values));
}

/** In double quotes, as in messages of Go and HCL. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
