/** Lists that come in pages. */
import { type Part, readBody } from './answer.ts';
import { OpenStackError, refusalOf } from './error.ts';
import { listed, type Service } from './service.ts';

/** A list, as its service writes it. */
export interface List {
  /** Path below the service's address, with the query of the first page. */
  readonly path: string;
  /** The key of the elements: `servers`. Links to the next page are then under `servers_links`, or under `next`. */
  readonly key: string;
  /** What an element is, for errors. */
  readonly what: string;
}

/** Far more pages than any project fills. */
const mostPages = 1000;
const mostStarts = 3;

/**
 * Every element of every page. A page that begins behind something that was deleted meanwhile is refused by Nova: then the
 * list is read once more from its start.
 *
 * Compat: of the link to the next page only the query counts. Its host may be one that only the service itself can reach.
 */
export async function allPages(service: Service, list: List, signal: AbortSignal): Promise<readonly Part[]> {
  for (let starts = 1; ; starts++) {
    const pages = await readPages(service, list, starts === mostStarts, signal);
    if (pages !== undefined) return pages;
  }
}

/** @returns undefined for a list that has to be read anew. */
async function readPages(
  service: Service,
  { path, key, what }: List,
  isLast: boolean,
  signal: AbortSignal,
): Promise<readonly Part[] | undefined> {
  const elements: Part[] = [];
  const [bare = path] = path.split('?');
  let next = path;
  const asked = new Set([path]);
  for (let pages = 0; pages < mostPages; pages++) {
    const call = { method: 'GET', path: next, wanted: listed, repeats: 'always' } as const;
    const answer = await service.ask(call, signal).catch((error: unknown) => {
      if (pages > 0 && !isLast && refusalOf(error)?.status === 400) return undefined;
      throw error;
    });
    if (answer === undefined) return undefined;
    if (answer.status === 204) return elements;
    const page = readBody(answer.body);
    elements.push(...page.parts(key, what));
    const query = queryOfNext(page, key);
    if (query === undefined) return elements;
    next = `${bare}${query}`;
    if (asked.has(next))
      throw new OpenStackError(`the list at ${bare} is incomplete: its pages go round in a circle`, {});
    asked.add(next);
  }
  throw new OpenStackError(`the list at ${bare} has no end`, {});
}

function queryOfNext(page: Part, key: string): string | undefined {
  const links = page.has(`${key}_links`) ? page.parts(`${key}_links`, 'link') : [];
  const link = links.find((one) => one.text('rel') === 'next')?.text('href') ?? page.optionalText('next');
  const at = link?.indexOf('?') ?? -1;
  return at < 0 ? undefined : link?.slice(at);
}

/** `?name=a%20b` */
export const queryOf = (values: Readonly<Record<string, string>>): string => `?${new URLSearchParams(values)}`;
