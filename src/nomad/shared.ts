/**
 * One Nomad, opened once for everybody in this process who reaches it with the same settings: one set of connections,
 * one view of its jobs, one reading of what several ask at the same moment.
 */
import type { Clock } from '../lib/clock.ts';
import { type NomadClient, nomadClient, tokenHeader } from './client.ts';
import type { JobListWorld } from './job-list.ts';
import { JobView } from './job-view.ts';
import { NodeView } from './node-view.ts';
import { proxyFor } from './proxy.ts';
import { type NomadSettings, parseAddress } from './settings.ts';
import { readTls } from './tls.ts';
import { type OpenTransport, openTransport, type Transport, type TransportOptions } from './transport.ts';
import { UsageView } from './usage-view.ts';
import { WaitingView } from './waiting-view.ts';

/** One client and its views, for everybody in a process who asks the same Nomad. */
export interface SharedNomad {
  readonly client: NomadClient;
  readonly jobs: JobView;
  readonly usage: UsageView;
  readonly nodes: NodeView;
  readonly waiting: WaitingView;
  /** Gives it back; with the last user it closes. Calling it twice does no harm. */
  close(): Promise<void>;
}

/** Five in all to one Nomad, however many jobs and policies there are. */
const connections = 3;
const heldConnections = 2;

interface Opened extends Omit<SharedNomad, 'close'> {
  readonly transport: OpenTransport;
}

interface Entry {
  users: number;
  readonly nomad: Promise<Opened>;
}

/** Whoever lives by the same clock lives in the same world. */
const worlds = new WeakMap<Clock, Map<string, Entry>>();

/** Where somebody asks a Nomad from. */
export interface NomadWorld extends JobListWorld {
  /** Environment variables that may name a proxy. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** @throws `invalid_address`, `invalid_nomad_settings` (usage); nothing is asked of Nomad yet. */
export async function shareNomad(settings: NomadSettings, world: NomadWorld): Promise<SharedNomad> {
  const way = await wayTo(settings, world, heldConnections);
  const opened = openedIn(world.clock);
  // With the certificates' contents: after a rotation the same files are another way to Nomad.
  const key = JSON.stringify([settings, way]);
  const entry = opened.get(key) ?? { users: 0, nomad: open(settings, way, world) };
  opened.set(key, entry);
  entry.users++;
  const close = once(async () => {
    entry.users--;
    if (entry.users > 0) return;
    opened.delete(key);
    const { jobs, transport } = await entry.nomad;
    jobs.close();
    await transport.close();
  });
  try {
    return { ...(await entry.nomad), close };
  } catch (error) {
    opened.delete(key);
    throw error;
  }
}

async function wayTo(
  settings: NomadSettings,
  { env = {} }: Pick<NomadWorld, 'env'>,
  heldConnections: number,
): Promise<TransportOptions> {
  const tls = await readTls(settings.tls);
  const { origin, socketPath } = parseAddress(settings.address);
  const proxy = socketPath === undefined ? proxyFor(new URL(origin), env) : undefined;
  return {
    ...{ origin, tls, connections, heldConnections },
    ...(socketPath !== undefined && { socketPath }),
    ...(proxy !== undefined && { proxy }),
  };
}

/** A client with connections of its own, and its end. */
export interface OwnNomad {
  readonly client: NomadClient;
  close(): Promise<void>;
}

/** By whom they were opened, and by all settings but the token: the newest token. */
const newestTokens = new WeakMap<object, Map<string, string>>();

/**
 * For whoever holds many queries at once, which would stand in the way of all others on the shared connections.
 *
 * @param world        of one plugin. When it opens the same Nomad again with another token, what it opened before goes
 *                     on with that one: what still runs, such as a drain, outlives the old token.
 * @param heldQueries  how many at the same moment.
 * @throws             as `shareNomad`.
 */
export async function openNomad(
  settings: NomadSettings,
  world: Pick<NomadWorld, 'env'>,
  heldQueries: number,
): Promise<OwnNomad> {
  const transport = await openTransport(await wayTo(settings, world, heldQueries));
  const { token, ...others } = settings;
  const key = JSON.stringify(others);
  const newest = newestTokens.get(world) ?? new Map<string, string>();
  newestTokens.set(world, newest);
  const send: Transport = (request, signal) => {
    const latest = newest.get(key);
    const isOld = token !== undefined && latest !== undefined && latest !== token;
    const headers = isOld ? { ...request.headers, [tokenHeader]: latest } : request.headers;
    return transport.send({ ...request, headers }, signal);
  };
  const client = nomadClient(settings, send);
  if (token !== undefined) newest.set(key, token);
  return { client, close: () => transport.close() };
}

function openedIn(clock: Clock): Map<string, Entry> {
  const known = worlds.get(clock);
  if (known !== undefined) return known;
  const opened = new Map<string, Entry>();
  worlds.set(clock, opened);
  return opened;
}

async function open(settings: NomadSettings, way: TransportOptions, world: JobListWorld): Promise<Opened> {
  const transport = await openTransport(way);
  const client = nomadClient(settings, transport.send);
  return {
    transport,
    client,
    jobs: new JobView(client, world),
    usage: new UsageView(client, world.clock),
    nodes: new NodeView(client, world.clock),
    waiting: new WaitingView(client, world.clock),
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
