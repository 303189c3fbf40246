/** Names of new servers and the random part in them. Source: spec os-nova.md §7.1. */
import { usageError } from 'nomad-autoscaler/sdk';

/** 128 random bits in the form of a UUID, without its version bits. @param random  uniform in [0, 1). */
export function randomUuid(random: () => number): string {
  const hex = Array.from({ length: 8 }, () =>
    Math.floor(random() * 0x10000)
      .toString(16)
      .padStart(4, '0'),
  ).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** What goes into names: the first 13 characters. */
export const shortUuid = (uuid: string): string => uuid.slice(0, 13);

/** How a policy names its servers. */
export interface Naming {
  readonly name?: string | undefined;
  readonly namePrefix?: string | undefined;
}

/** @returns why a server can have no name; undefined when it can. Compat: the texts. */
export function whyNoName({ name, namePrefix }: Naming): string | undefined {
  if (name !== undefined && namePrefix !== undefined) return 'only one of name or name_prefix can have value';
  if (name !== undefined || namePrefix !== undefined) return undefined;
  return 'failed to create server: Missing input for argument [Name]; set name_prefix in the policy’s target';
}

/** @returns the name of the server with this random part. @throws `invalid_config` (usage). */
export function serverName(naming: Naming, uuid: string): string {
  const { name, namePrefix } = naming;
  const why = whyNoName(naming);
  if (why !== undefined) throw usageError('invalid_config', why);
  return namePrefix === undefined ? (name ?? '') : `${namePrefix}${shortUuid(uuid)}`;
}
