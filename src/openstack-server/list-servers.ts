/** Which servers a list shows, and in which order. Pure. */
import type { Call } from './call.ts';
import { isAtLeast } from './microversion.ts';
import { Refusal } from './refusal.ts';
import type { ServerRecord } from './state.ts';
import { tagFilter } from './tags.ts';

/** Those that Nova knows. */
const statuses = [
  ...[
    'ACTIVE',
    'BUILD',
    'ERROR',
    'HARD_REBOOT',
    'MIGRATING',
    'PASSWORD',
    'PAUSED',
    'REBOOT',
    'REBUILD',
    'RESCUE',
    'RESIZE',
  ],
  ...[
    'REVERT_RESIZE',
    'SHELVED',
    'SHELVED_OFFLOADED',
    'SHUTOFF',
    'SOFT_DELETED',
    'SUSPENDED',
    'UNKNOWN',
    'VERIFY_RESIZE',
  ],
];

/**
 * The newest first. Deleted servers that are kept for a while are left out.
 *
 * Compat: before 2.26 Nova does not know the filters by tag, and lists everything without a word.
 */
export function listed(
  servers: Iterable<ServerRecord>,
  { query }: Call,
  microversion: string,
): readonly ServerRecord[] {
  const status = query.get('status')?.toUpperCase();
  if (status === 'DELETED') throw new Refusal(403, 'Only administrators may list deleted instances');
  if (status !== undefined && !statuses.includes(status)) throw new Refusal(400, 'Invalid status value');
  const zone = query.get('availability_zone');
  const hasName = nameFilter(query.get('name'));
  const hasTags = isAtLeast(microversion, '2.26') ? tagFilter(query) : () => true;
  return [...servers]
    .filter(
      (server) =>
        (status === undefined ? server.status !== 'SOFT_DELETED' : server.status === status) &&
        (zone === null || server.zone === zone) &&
        hasName(server.name) &&
        hasTags(server.tags),
    )
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

/** A regular expression, looked for anywhere in the name. */
function nameFilter(pattern: string | null): (name: string) => boolean {
  if (pattern === null) return () => true;
  try {
    const expression = new RegExp(pattern);
    return (name) => expression.test(name);
  } catch {
    throw new Refusal(400, `Invalid input for query parameters name. Value: ${pattern}. '${pattern}' is not a 'regex'`);
  }
}
