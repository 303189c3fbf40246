/** The node of the agent that is asked: `-self`. */
import { type AnyCall, attempt, CommandFailure } from '../cli/command.ts';

interface AgentSelf {
  readonly stats?: { readonly client?: { readonly node_id?: string } };
}

/** @throws CommandFailure when the agent is a server only. */
export async function ownNodeId({ client, signal }: AnyCall): Promise<string> {
  const reading = client.object<AgentSelf>('/v1/agent/self', {}, signal);
  const id = (await attempt('Error querying agent info', reading)).value.stats?.client?.node_id;
  if (!id) throw new CommandFailure('Nomad not running in client mode');
  return id;
}
