/** Locks on Nomad variables: at most one holder, for as long as it renews. Source: spec nomad-api.md §10. */
import { formatDuration } from '../lib/duration.ts';
import { AutoscalerError } from '../lib/error.ts';
import { type NomadClient, unlessRefused } from './client.ts';

/** The way to Nomad; which client that is may change between two calls. */
export type LockClient = Pick<NomadClient, 'write'>;

export interface LockSpec {
  readonly namespace: string;
  readonly path: string;
  /** How long the lock outlives its last renewal: between one and two of these. 10 seconds to 24 hours. */
  readonly ttlMs: number;
  /** How long nobody may have the lock after it ran out. */
  readonly delayMs: number;
}

/** @returns the lock's ID, or undefined while somebody else holds it. */
export async function acquireLock(
  client: LockClient,
  lock: LockSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await write(client, lock, 'lock-acquire', { Lock: timesOf(lock) }, signal);
  return answer === undefined ? undefined : idIn(answer.value);
}

/** @returns false when the lock was lost. */
export async function renewLock(client: LockClient, lock: LockSpec, id: string, signal: AbortSignal): Promise<boolean> {
  const body = { Lock: { ...timesOf(lock), ID: id } };
  return (await write(client, lock, 'lock-renew', body, signal)) !== undefined;
}

/** @returns false when it was lost already. */
export async function releaseLock(
  client: LockClient,
  lock: LockSpec,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  return (await write(client, lock, 'lock-release', { Lock: { ID: id } }, signal)) !== undefined;
}

/** Nomad's status when the lock is somebody else's. */
const heldByAnother = 409;

/** @returns undefined when the lock is somebody else's. */
function write(client: LockClient, lock: LockSpec, operation: string, body: object, signal: AbortSignal) {
  const path = lock.path.split('/').map(encodeURIComponent).join('/');
  const variable = { Namespace: lock.namespace, Path: lock.path, ...body };
  const options = { namespace: lock.namespace, query: { [operation]: '' } };
  return unlessRefused(heldByAnother, client.write('PUT', `/v1/var/${path}`, variable, options, signal));
}

const timesOf = ({ ttlMs, delayMs }: LockSpec) => ({ TTL: formatDuration(ttlMs), LockDelay: formatDuration(delayMs) });

function idIn(variable: unknown): string {
  const id = (variable as { Lock?: { ID?: unknown } | null } | null | undefined)?.Lock?.ID;
  if (typeof id === 'string' && id !== '') return id;
  throw new AutoscalerError('bad_answer', 'Nomad acquired a lock without saying its ID', { blame: 'remote' });
}
