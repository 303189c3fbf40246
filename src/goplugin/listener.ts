/** Where a plugin listens, and either side for brokered connections. Source: spec go-plugin.md §5.3. */
import { chmod, chown, readFile } from 'node:fs/promises';
import type { Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { type Environment, variables } from './environment.ts';
import type { Handshake } from './handshake.ts';
import type { RandomBytes } from './mtls.ts';

export interface ListenOptions {
  /** Unix sockets everywhere but on Windows. */
  readonly network: Handshake['network'];
  readonly env: Environment;
  /** Where sockets go unless the host names a folder. */
  readonly tempDir: string;
  readonly platform: NodeJS.Platform;
  readonly random: RandomBytes;
}

export type Listening = Pick<Handshake, 'network' | 'address'>;

/** Binds a server at a place, and is rejected when that is taken. Resolves with the port, of TCP. */
export type Bind = (place: Listening) => Promise<number>;

/** Finds a place and binds the server there. @throws Error with Go's text when there is none. */
export function listen(bind: Bind, options: ListenOptions): Promise<Listening> {
  return options.network === 'unix' ? listenOnSocket(bind, options) : listenOnPort(bind, options.env);
}

/** Of a gRPC server, which removes its socket when it is shut down. */
export function grpcBind(server: Server, credentials: ServerCredentials): Bind {
  return ({ network, address }) =>
    new Promise((resolve, reject) => {
      const target = network === 'unix' ? `unix:${address}` : address;
      server.bindAsync(target, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
}

/** Of a bare server, which removes its socket when it is closed. */
export function netBind(server: NetServer): Bind {
  return ({ network, address }) =>
    new Promise((resolve, reject) => {
      const [host = '', port = ''] = address.split(':');
      server.once('error', reject);
      server.listen(network === 'unix' ? { path: address } : { host, port: Number(port) }, () => {
        server.off('error', reject);
        const bound = server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
      });
    });
}

const attempts = 10;

/** The kernel's limit. Node cuts a longer path off without a word, and nobody finds the plugin. */
const longestPath = (platform: NodeJS.Platform): number => (platform === 'darwin' ? 103 : 107);

/** The socket's mode is what the umask leaves; with a group it is for owner and group. */
async function listenOnSocket(bind: Bind, options: ListenOptions): Promise<Listening> {
  const { env, platform, random } = options;
  const folder = env[variables.socketDir] || options.tempDir;
  const group = env[variables.socketGroup] || undefined;
  const gid = group === undefined ? undefined : await groupId(group);
  for (let attempt = 1; ; attempt++) {
    const address = join(folder, `plugin${Buffer.from(random(4)).readUInt32BE()}`);
    const limit = longestPath(platform);
    if (Buffer.byteLength(address) > limit) {
      throw new Error(`socket path ${address} is longer than ${limit} bytes; set TMPDIR to a shorter folder`);
    }
    try {
      await bind({ network: 'unix', address });
    } catch (error) {
      if (attempt < attempts && isTaken(error)) continue;
      throw error;
    }
    if (gid !== undefined) {
      await chown(address, -1, gid);
      await chmod(address, 0o660);
    }
    return { network: 'unix', address };
  }
}

/** Ports one by one, both ends included; 0 to 0 leaves the choice to the system. */
async function listenOnPort(bind: Bind, env: Environment): Promise<Listening> {
  const from = portOf(env, variables.minPort);
  const to = portOf(env, variables.maxPort);
  if (from > to) {
    throw new Error(`${variables.minPort} value of ${from} is greater than ${variables.maxPort} value of ${to}`);
  }
  for (let port = from; port <= to; port++) {
    try {
      const bound = await bind({ network: 'tcp', address: `127.0.0.1:${port}` });
      return { network: 'tcp', address: `127.0.0.1:${bound}` };
    } catch {
      // taken: try the next one
    }
  }
  throw new Error("couldn't bind plugin TCP listener");
}

function portOf(env: Environment, name: string): number {
  const text = env[name] ?? '';
  if (text === '') return 0;
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text);
  throw new Error(`couldn't get value from ${name}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** @throws Error with Go's text for a group that is not known. */
export async function groupId(group: string): Promise<number> {
  if (/^[+-]?[0-9]+$/.test(group)) return Number(group);
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = text.split('\n').find((one) => one.startsWith(`${group}:`));
  const id = line?.split(':')[2];
  if (id === undefined) throw new Error(`failed to find gid from ${JSON.stringify(group)}: unknown group ${group}`);
  return Number(id);
}

/** gRPC says it in the text and nowhere else. */
const isTaken = (error: unknown): boolean => error instanceof Error && error.message.includes('EADDRINUSE');
