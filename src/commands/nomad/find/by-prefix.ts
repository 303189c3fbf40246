/** Finds an object that has a UUID by the beginning of it. */
import { type AnyCall, attempt, CommandFailure } from '../cli/command.ts';
import { evenPrefix } from '../text/ids.ts';

export interface Kind {
  /** `/v1/allocations` */
  readonly path: string;
  /** What fails when the list cannot be read: `Error querying allocation`. */
  readonly failure: string;
  /** What is said when nothing begins so. */
  missing(prefix: string): string;
  /** `allocations`, for `Prefix "ab" matched multiple allocations`. */
  readonly plural: string;
}

export const allocations: Kind = {
  path: '/v1/allocations',
  failure: 'Error querying allocation',
  missing: (prefix) => `No allocation(s) with prefix or id "${prefix}" found`,
  plural: 'allocations',
};

export const evaluations: Kind = {
  path: '/v1/evaluations',
  failure: 'Error querying evaluation',
  missing: (prefix) => `No evaluation(s) with prefix or id "${prefix}" found`,
  plural: 'evaluations',
};

export const deployments: Kind = {
  path: '/v1/deployments',
  failure: 'Error retrieving deployment',
  missing: (prefix) => `Error retrieving deployment: Deployment ID "${prefix}" matched no deployments`,
  plural: 'deployments',
};

/** @param failure  what it is that cannot be done when the nodes cannot be read. */
export const nodes = (failure: string): Kind => ({
  path: '/v1/nodes',
  failure,
  missing: (prefix) => `No node(s) with prefix "${prefix}" found`,
  plural: 'nodes',
});

/** @throws CommandFailure when no object, or more than one, begins like this. */
export async function findByPrefix<T extends { readonly ID: string }>(
  call: AnyCall,
  kind: Kind,
  prefix: string,
): Promise<T> {
  if (prefix.length < 2) throw new CommandFailure('Identifier must contain at least two characters.');
  const listing = call.client.list<T>(kind.path, { query: { prefix: evenPrefix(prefix) } }, call.signal);
  const found = (await attempt(kind.failure, listing)).value.filter(({ ID }) => ID.startsWith(prefix));
  const [first, second] = found;
  if (first === undefined) throw new CommandFailure(kind.missing(prefix));
  if (second === undefined) return first;
  const ids = found.map(({ ID }) => ID).join('\n');
  throw new CommandFailure(`Prefix "${prefix}" matched multiple ${kind.plural}\n\n${ids}`);
}
