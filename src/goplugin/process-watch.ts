/** A process that is nobody's child here: whether it lives, and whether it is still the one that was meant. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { type Clock, sleep } from '../lib/clock.ts';
import type { Exit, Life } from './child.ts';
import type { Handshake } from './handshake.ts';
import { childrenOf, type SendSignal, statFields } from './process-tree.ts';

const pollMs = 1_000;

export interface FoundProcess {
  readonly pid: number;
  /** Whether it still runs; a process that got the same number later is another one. */
  isThere(): Promise<boolean>;
}

/** @returns undefined when there is no such process. */
export async function findProcess(pid: number, send: SendSignal): Promise<FoundProcess | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined; // 0 and below are groups of processes to the system
  const mark = await markOf(pid, send);
  return mark === undefined ? undefined : { pid, isThere: async () => (await markOf(pid, send)) === mark };
}

/** Looks every second whether the process is gone. `kill` spares one that got its number later. */
export function watchProcess({ pid, isThere }: FoundProcess, clock: Clock, send: SendSignal): Life {
  const gone = async (): Promise<Exit> => {
    do await sleep(clock, pollMs);
    while (await isThere());
    return { code: null, signal: null }; // who is no parent is not told
  };
  const exit = gone();
  const kill = async () => {
    if (!(await isThere())) return;
    try {
      send(pid, 'SIGKILL');
    } catch {
      // it went in this moment, which is what was wanted
    }
  };
  return { pid, exit, drained: exit.then(() => undefined), kill: () => void kill() };
}

/**
 * @returns what tells this process from a later one of the same number, which is its time of birth where the system
 *          says it; undefined when there is none, or only what is left of it for its parent to fetch.
 */
async function markOf(pid: number, send: SendSignal): Promise<string | undefined> {
  try {
    send(pid, 0);
  } catch {
    return undefined;
  }
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return '';
  const [state = '', ...fields] = statFields(text);
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

/**
 * Whether the process, or one that it started, is the one that listens there.
 *
 * @returns undefined where the system does not tell.
 */
export async function isListener(
  pid: number,
  place: Pick<Handshake, 'network' | 'address'>,
): Promise<boolean | undefined> {
  try {
    const wanted = await listeningAt(pid, place);
    return wanted.size === 0 ? undefined : await holdsAny(pid, wanted);
  } catch {
    return undefined;
  }
}

/** The inodes of the sockets that listen there, in the network that the process sees. */
async function listeningAt(
  pid: number,
  { network, address }: Pick<Handshake, 'network' | 'address'>,
): Promise<Set<string>> {
  const table = async (name: string) => {
    const text = await readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '');
    return text.split('\n').map((line) => line.trim().split(/\s+/));
  };
  const found = new Set<string>();
  if (network === 'unix') {
    for (const [, , , flags, , , inode = '', path] of await table('unix')) {
      if (path === address && flags === acceptsConnections) found.add(inode);
    }
    return found;
  }
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  for (const [, local = '', , state, , , , , , inode = ''] of [...(await table('tcp')), ...(await table('tcp6'))]) {
    if (state === listens && Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port) found.add(inode);
  }
  return found;
}

const acceptsConnections = '00010000';
const listens = '0A';

async function holdsAny(pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder)) {
    const target = await readlink(`${folder}/${name}`).catch(() => ''); // closed meanwhile
    if (inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')) return true;
  }
  for (const child of childrenOf(pid)) {
    if (await holdsAny(child, inodes)) return true;
  }
  return false;
}
