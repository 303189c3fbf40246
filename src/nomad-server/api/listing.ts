/** Prefixes, filters and pages of lists. Compat: spec nomad-api.md §1.3, §1.6. */
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { compileFilter } from './filter.ts';

export interface Listing<Row> {
  /** In the order of the list. */
  readonly rows: Iterable<Row>;
  /** Where a row stands: the token of a page that begins with it. Ascending along the list. */
  readonly token: (row: Row) => string;
  /** The object that a filter looks at, when it is not the row. */
  readonly subject?: (row: Row) => unknown;
  /** Orders tokens; by text unless given. */
  readonly compare?: (a: string, b: string) => number;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextToken: string | undefined;
}

/** Filters a list and cuts out the page that was asked for. */
export function pageOf<Row>(call: Call, listing: Listing<Row>): Page<Row> {
  const size = perPage(call);
  const expression = call.query.get('filter') ?? '';
  const matches = expression === '' ? undefined : compileFilter(expression);
  const { subject = (row: Row) => row, compare = compareTexts } = listing;
  const isReversed = call.query.get('reverse') === 'true';
  const start = call.query.get('next_token') ?? '';
  const rows = isReversed ? [...listing.rows].reverse() : listing.rows;
  const page: Row[] = [];
  for (const row of rows) {
    if (start !== '') {
      const order = compare(listing.token(row), start);
      if (isReversed ? order > 0 : order < 0) continue;
    }
    if (matches !== undefined && !matches(subject(row))) continue;
    if (size > 0 && page.length === size) return { rows: page, nextToken: listing.token(row) };
    page.push(row);
  }
  return { rows: page, nextToken: undefined };
}

/** Checks what a list may carry before anybody waits for it. */
export function perPage(call: Call): number {
  const text = call.query.get('per_page') ?? '';
  if (text === '') return 0;
  if (!/^-?\d+$/.test(text)) throw new Refusal(400, 'Expect a number for `per_page` query string parameter');
  return Number(text);
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of the request's namespace, `*` being all that may be seen, and with its prefix. @returns whether a row belongs into the list. */
export function isListed({ namespace, prefix, access }: Call): (ofRow: string, id: string) => boolean {
  const isSeen = (ofRow: string) => access.namespace(ofRow, 'list-jobs', 'read-job', 'list-scaling-policies');
  return (ofRow, id) => (namespace === '*' ? isSeen(ofRow) : ofRow === namespace) && id.startsWith(prefix);
}

/** What was made by a write. */
interface Made {
  readonly CreateIndex: number;
  readonly ID: string;
}

/** The page of a list in the order in which its rows were made; those of one write by their IDs. */
export function pageByCreation<Row extends Made>(
  call: Call,
  rows: readonly Row[],
  subject?: (row: Row) => unknown,
): Page<Row> {
  const inOrder = rows.toSorted((a, b) => a.CreateIndex - b.CreateIndex || compareTexts(a.ID, b.ID));
  const listing = { rows: inOrder, token: creationToken, compare: compareCreation };
  return pageOf(call, subject === undefined ? listing : { ...listing, subject });
}

/** `<CreateIndex>.<ID>`: the order in which things were made. */
export const creationToken = (row: Made): string => `${row.CreateIndex}.${row.ID}`;

function compareCreation(a: string, b: string): number {
  const index = (token: string) => Number(token.slice(0, token.indexOf('.')));
  return index(a) - index(b) || compareTexts(a, b);
}

/** @param noun  names the lookup in the error: `node lookup failed: …`. */
export function checkIdPrefix(prefix: string, noun: string): void {
  const lead = noun === '' ? '' : `${noun} lookup failed: `;
  const digits = prefix.replaceAll('-', '');
  const bad = /[^0-9a-fA-F]/.exec(digits);
  if (digits.length % 2 === 1 && bad === null) {
    throw new Refusal(500, `${lead}index error: Input (without hyphens) must be even length`);
  }
  if (bad === null) return;
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new Refusal(500, `${lead}index error: Invalid UUID: encoding/hex: invalid byte: U+${code} '${bad[0]}'`);
}

/** @param lead  what precedes the text: `node lookup failed: `. */
export function checkId(id: string, lead: string): void {
  if (id.length !== 36) throw new Refusal(500, `${lead}index error: UUID must be 36 characters`);
}
