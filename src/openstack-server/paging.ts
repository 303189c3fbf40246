/** Pages of a list, cut by `limit` and `marker`. */
import type { Call } from './call.ts';
import { Refusal } from './refusal.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page is; undefined on the last one. */
  readonly next: string | undefined;
}

/**
 * @param pageSize  most items of a page, whatever the caller asks.
 * @param self      address of the list.
 * @throws 400 for a marker that is not (or no more) in the list, as Nova does.
 */
export function pageOf<T extends { readonly id: string }>(
  list: readonly T[],
  { query }: Call,
  { pageSize, self }: { readonly pageSize: number; readonly self: string },
): Page<T> {
  const marker = query.get('marker');
  const at = marker === null ? -1 : list.findIndex((item) => item.id === marker);
  if (marker !== null && at < 0) throw new Refusal(400, `marker [${marker}] not found`);
  const limit = query.get('limit');
  if (limit !== null && !/^\d+$/.test(limit))
    throw new Refusal(
      400,
      `Invalid input for query parameters limit. Value: ${limit}. '${limit}' does not match '^[0-9]*$'`,
    );
  const size = Math.min(limit === null || limit === '0' ? pageSize : Number(limit), pageSize);
  const items = list.slice(at + 1, at + 1 + size);
  const last = items.at(-1);
  if (last === undefined || at + 1 + items.length >= list.length) return { items, next: undefined };
  const asked = new URLSearchParams(query);
  asked.set('limit', String(size));
  asked.set('marker', last.id);
  return { items, next: `${self}?${asked}` };
}

/** The member of an answer that leads on, if anything does. */
export function linksTo(name: string, next: string | undefined) {
  return next === undefined ? {} : { [name]: [{ rel: 'next', href: next }] };
}
