/** A policy directory in memory, and a watch that tells what it is told to. */
import { basename } from 'node:path';
import type { VirtualClock } from '../../src/lib/clock.ts';
import type { LogLevel } from '../../src/lib/log.ts';
import { watchPolicies } from '../../src/policy/directory.ts';
import type { WatchFolder } from '../../src/policy/file-events.ts';
import type { FileStamp, PolicyFiles } from '../../src/policy/files.ts';
import type { PolicySnapshot } from '../../src/policy/snapshot.ts';
import { fakeWorld, lineText } from './fakes.ts';
import { settings } from './policy-file.ts';

/** What a path gives: a text, a folder, or the code of the error that looking at it or reading it has. */
export type Entry = string | { readonly folder: true } | { readonly looking: string } | { readonly reading: string };

export class FakeFolder implements PolicyFiles {
  readonly #entries = new Map<string, { readonly entry: Entry; readonly version: number }>();
  #version = 0;
  /** The code of the error that listing has. */
  listing: string | undefined;
  readonly reads: string[] = [];

  /** @param quietly  leaves the stamp as it was, as on a file system that is slow to tell. */
  put(name: string, entry: Entry, quietly = false): void {
    const version = quietly ? (this.#entries.get(name)?.version ?? 0) : ++this.#version;
    this.#entries.set(name, { entry, version });
  }

  remove(name: string): void {
    this.#entries.delete(name);
  }

  async list(): Promise<readonly string[]> {
    if (this.listing !== undefined) throw withCode(this.listing);
    return [...this.#entries.keys()];
  }

  async stamp(path: string): Promise<FileStamp> {
    const { entry, version } = this.#find(path);
    if (typeof entry !== 'string' && 'looking' in entry) throw withCode(entry.looking);
    const size = typeof entry === 'string' ? entry.length : 0;
    return { isFile: !(typeof entry !== 'string' && 'folder' in entry), size, text: `${version}` };
  }

  async read(path: string): Promise<Buffer> {
    const { entry } = this.#find(path);
    this.reads.push(basename(path));
    if (typeof entry === 'string') return Buffer.from(entry);
    throw withCode('reading' in entry ? entry.reading : 'EISDIR');
  }

  #find(path: string) {
    const found = this.#entries.get(basename(path));
    if (found === undefined || this.listing === 'ENOENT') throw withCode('ENOENT');
    return found;
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}

export interface FakeWatch {
  readonly watch: WatchFolder;
  /** Tells of an event. */
  notice(name?: string): void;
  fail(): void;
  /** How often the watching began, and whether it goes on. */
  readonly started: number;
  readonly isOn: boolean;
}

/** @param onStart  what happens while the watching begins, unseen by it. */
function fakeWatch(onStart: () => void = () => undefined): FakeWatch {
  let on:
    | { readonly onEvent: (name: string | undefined) => void; readonly onError: (error: unknown) => void }
    | undefined;
  let started = 0;
  return {
    async watch(_directory, onEvent, onError) {
      started++;
      onStart();
      on = { onEvent, onError };
      return {
        async close() {
          on = undefined;
        },
      };
    },
    notice: (name) => on?.onEvent(name),
    fail: () => on?.onError(withCode('ENOSPC')),
    get started() {
      return started;
    },
    get isOn() {
      return on !== undefined;
    },
  };
}

export interface Followed {
  readonly folder: FakeFolder;
  readonly events: FakeWatch;
  readonly clock: VirtualClock;
  readonly series: ReadonlyMap<string, readonly number[]>;
  readonly snapshots: PolicySnapshot[];
  readonly directory: ReturnType<typeof watchPolicies>;
  /** The lines of this level so far. */
  log(level: LogLevel): readonly string[];
  /** The newest snapshot. */
  now(): PolicySnapshot;
  /** Names and maxima of what is in force: `web 4`. */
  inForce(): readonly string[];
  /** Tells of an event and waits as long as it takes. */
  change(name: string, entry?: Entry): Promise<void>;
}

/** Follows a folder in memory that holds these entries. */
export async function follow(
  entries: Readonly<Record<string, Entry>>,
  { folder = new FakeFolder(), dir = 'policies', onWatch = (_: FakeFolder): void => undefined } = {},
): Promise<Followed> {
  for (const [name, entry] of Object.entries(entries)) folder.put(name, entry);
  const events = fakeWatch(() => onWatch(folder));
  const world = fakeWorld();
  const { clock } = world;
  const snapshots: PolicySnapshot[] = [];
  const directory = watchPolicies({
    dir,
    decode: { settings },
    world,
    files: folder,
    watch: events.watch,
    onChange: (snapshot) => snapshots.push(snapshot),
  });
  await directory.ready;
  const now = () => {
    const last = snapshots.at(-1);
    if (last === undefined) throw new Error('nothing was told yet');
    return last;
  };
  return {
    folder,
    events,
    clock,
    series: world.series,
    log: (level) => world.lines.filter((line) => line.level === level).map(lineText),
    snapshots,
    directory,
    now,
    inForce: () => now().policies.map(({ name, max }) => `${name} ${max}`),
    async change(name, entry) {
      if (entry === undefined) folder.remove(name);
      else folder.put(name, entry);
      events.notice(name);
      await clock.advance(1000);
    },
  };
}
