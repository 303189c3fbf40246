/** An embedded Nomad on a port, for the commands that bring one up. */
import { AutoscalerError, usageError } from '../../lib/error.ts';
import type { World } from '../../lib/world.ts';
import { listen } from '../../nomad-server/listen.ts';
import type { NodeSpec } from '../../nomad-server/node-record.ts';
import { createNomadServer, type NomadServer, type NomadServerConfig } from '../../nomad-server/server.ts';

export interface EmbeddedOptions
  extends Pick<NomadServerConfig, 'region' | 'datacenter' | 'heartbeatMs' | 'healthyMs' | 'machine' | 'state' | 'acl'> {
  readonly world: World;
  readonly host: string;
  readonly port: number;
  readonly nodes: readonly NodeSpec[];
  /** What to write to choose another port, for the error when this one is taken. */
  readonly otherPort: string;
}

export interface Embedded {
  readonly server: NomadServer;
  /** `http://127.0.0.1:4646` */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws `address_in_use` (usage): one line with the option that chooses another port. */
export async function startEmbedded({ world, host, port, otherPort, ...config }: EmbeddedOptions): Promise<Embedded> {
  const named = host.includes(':') ? `[${host}]` : host;
  const server = createNomadServer({ world, config: { ...config, httpAddress: `${named}:${port}` } });
  try {
    const listening = await listen(server, { host, port });
    return {
      server,
      address: `http://${named}:${listening.port}`,
      async close() {
        await server.endTasks();
        server.close();
        await listening.close();
      },
    };
  } catch (error) {
    await server.endTasks();
    server.close();
    if (!(error instanceof AutoscalerError && error.code === 'address_in_use')) throw error;
    throw usageError(
      'address_in_use',
      `${host}:${port}, where the embedded Nomad is to listen, is taken; choose another port with ${otherPort}`,
    );
  }
}

/** `count` clients that differ in their names only. */
export const sameNodes = (count: number, spec: Omit<NodeSpec, 'name'> = {}): readonly NodeSpec[] =>
  Array.from({ length: count }, (_, at) => ({ ...spec, name: `client-${at + 1}` }));
