/** What the project's servers take of its quota; those in `ERROR` count like any. Pure. */
import type { FlavorSpec, Quota } from './config.ts';
import { Refusal } from './refusal.ts';
import type { State } from './state.ts';

export interface Usage {
  readonly servers: number;
  readonly cores: number;
  readonly ramMb: number;
}

export function usageOf({ servers }: State, flavors: readonly FlavorSpec[]): Usage {
  const sizes = new Map(flavors.map((flavor) => [flavor.id, flavor]));
  const list = [...servers.values()].map((server) => sizes.get(server.flavorId));
  const sum = (of: (flavor: FlavorSpec) => number) =>
    list.reduce((total, flavor) => total + (flavor === undefined ? 0 : of(flavor)), 0);
  return { servers: list.length, cores: sum((flavor) => flavor.cores), ramMb: sum((flavor) => flavor.ramMb) };
}

/** @throws 403 with Nova's text when one more server is too much. */
export function checkQuota(used: Usage, more: FlavorSpec, quota: Quota): void {
  const rows = [
    ['instances', 1, used.servers, quota.servers],
    ['cores', more.cores, used.cores, quota.cores],
    ['ram', more.ramMb, used.ramMb, quota.ramMb],
  ] as const;
  const over = rows.filter(([, wanted, present, limit]) => present + wanted > limit);
  if (over.length === 0) return;
  const each = (at: 0 | 1 | 2 | 3) => over.map((row) => row[at]).join(', ');
  const names = each(0);
  throw new Refusal(
    403,
    `Quota exceeded for ${names}: Requested ${each(1)}, but already used ${each(2)} of ${each(3)} ${names}`,
  );
}
