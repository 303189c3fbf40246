/** Finds a namespace by the beginning of its name. */
import type { Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, CommandFailure } from '../cli/command.ts';

export interface Namespace {
  readonly Name: string;
  readonly Description: string;
  readonly Quota: string;
  /** Only in lists; nobody wants to see it. */
  readonly Hash?: string;
  readonly Meta: Strings | null;
  readonly Capabilities: Capabilities | null;
}

interface Capabilities {
  readonly EnabledTaskDrivers: readonly string[] | null;
  readonly DisabledTaskDrivers: readonly string[] | null;
  readonly EnabledNetworkModes?: readonly string[] | null;
  readonly DisabledNetworkModes?: readonly string[] | null;
}

/** @throws CommandFailure when there is none, or more than one and none of exactly this name. */
export async function findNamespace({ client, signal }: AnyCall, prefix: string): Promise<Namespace> {
  const failure = 'Error retrieving namespaces';
  const { value } = await attempt(failure, client.list<Namespace>('/v1/namespaces', { query: { prefix } }, signal));
  const found = value.find(({ Name }) => Name === prefix) ?? (value.length === 1 ? value[0] : undefined);
  if (found !== undefined) return found;
  if (value.length === 0) throw new CommandFailure(`${failure}: Namespace "${prefix}" matched no namespaces`);
  throw new CommandFailure(`Prefix matched multiple namespaces\n\n${value.map(({ Name }) => Name).join('\n')}`);
}
