/** The file source: keeps what is in force in step with a directory. Source: spec policy.md §5. */
import type { Cancel } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { DecodeOptions } from './decode.ts';
import { doubtMs, FileCache, type Look } from './file-cache.ts';
import { type FolderWatch, type WatchFolder, watchFolder } from './file-events.ts';
import { diskFiles, explainFileError, isPolicyFile, type PolicyFiles } from './files.ts';
import { type PolicySnapshot, snapshotOf } from './snapshot.ts';

export interface WatchPoliciesOptions {
  readonly dir: string;
  readonly decode: DecodeOptions;
  readonly world: Pick<World, 'clock' | 'log' | 'telemetry'>;
  /** Called after the first look and after each change. */
  readonly onChange: (snapshot: PolicySnapshot) => void;
  readonly files?: PolicyFiles;
  readonly watch?: WatchFolder;
}

export interface PolicyDirectory {
  /** Settles when the first look is over. */
  readonly ready: Promise<void>;
  /**
   * Reads every file again at once; with other options than before, decodes it again too.
   *
   * @returns once what was found is in force.
   */
  rescan(decode?: DecodeOptions): Promise<void>;
  close(): Promise<void>;
}

/** Time without an event before looking, so that a burst is one look; and the longest time that a burst may go on. */
const quietMs = 100;
const longestBurstMs = 500;
/** Between looks at everything while there are no events: the directory is gone, or the system has no watches left. */
const blindIntervalMs = 1000;
/** Between looks at everything, in case an event got lost. */
const fullIntervalMs = 5 * 60_000;
const looksAtOnce = 16;

/** Follows a directory of policy files until it is closed or the signal ends. */
export function watchPolicies(options: WatchPoliciesOptions, signal?: AbortSignal): PolicyDirectory {
  return new WatchedDirectory(options, signal);
}

type Plan = 'notice' | 'second look' | 'next';

class WatchedDirectory implements PolicyDirectory {
  readonly ready: Promise<void>;
  readonly #options: WatchPoliciesOptions;
  readonly #log: World['log'];
  readonly #files: PolicyFiles;
  readonly #cache: FileCache;
  #decode: DecodeOptions;
  /** Why the directory cannot be listed. */
  #problem: string | undefined;
  /** Problems and warnings that were logged. */
  #told: ReadonlySet<string> = new Set();
  #watching: FolderWatch | undefined;
  /** When the watching failed last, epoch milliseconds. */
  #watchFailedAt = Number.NEGATIVE_INFINITY;
  #noticed = new Set<string>();
  #noticedAt: number | undefined;
  readonly #doubtful = new Set<string>();
  readonly #plans = new Map<Plan, Cancel>();
  /** Looks come one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: WatchPoliciesOptions, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#decode = options.decode;
    this.#log = options.world.log.named('file_policy_source');
    this.#files = options.files ?? diskFiles;
    this.#cache = new FileCache(options.dir, this.#files, options.world.clock, this.#log);
    signal?.addEventListener('abort', () => void this.close(), { once: true });
    this.#log.debug('starting file policy source ID monitor');
    this.ready = this.#send(async () => {
      await this.#lookAtAll({ at: 'content', trusting: true });
      return true;
    });
  }

  rescan(decode = this.#decode): Promise<void> {
    this.#log.info('file policy source ID monitor received reload signal');
    const at = decode === this.#decode ? 'content' : 'afresh';
    this.#decode = decode;
    return this.#send(() => this.#lookAtAll({ at, trusting: true }));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return this.#work;
    this.#isClosed = true;
    for (const cancel of this.#plans.values()) cancel();
    this.#work = this.#work.then(() => this.#stopWatching());
    await this.#work;
    this.#log.trace('stopping file policy source ID monitor');
  }

  /** @param look  tells whether anything changed. */
  #send(look: () => Promise<boolean>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#isClosed) return;
      try {
        if (await look()) this.#publish();
      } catch (error) {
        this.#log.error('failed to handle directory', { error: explain(error) });
      }
      const nextMs = this.#watching === undefined ? blindIntervalMs : fullIntervalMs;
      this.#plan('next', nextMs, () => void this.#send(() => this.#lookAtAll({ at: 'stamp', trusting: false })));
    });
    return this.#work;
  }

  #plan(plan: Plan, ms: number, run: () => void): void {
    this.#plans.get(plan)?.();
    if (!this.#isClosed) this.#plans.set(plan, this.#options.world.clock.after(ms, run));
  }

  /** Waits for the end of a burst of events, then looks. What is no policy file may be a link that leads to some. */
  #notice(name: string | undefined): void {
    this.#noticed.add(name !== undefined && isPolicyFile(name) ? name : '');
    const now = this.#options.world.clock.now();
    this.#noticedAt ??= now;
    this.#plan('notice', Math.min(quietMs, this.#noticedAt + longestBurstMs - now), () => {
      const names = this.#noticed;
      this.#noticed = new Set();
      this.#noticedAt = undefined;
      void this.#send(() =>
        names.has('')
          ? this.#lookAtAll({ at: 'stamp', trusting: false })
          : this.#lookAtSome(names, { at: 'content', trusting: false }),
      );
    });
  }

  async #lookAtAll(look: Look): Promise<boolean> {
    const before = this.#problem;
    const listed = await this.#list();
    if (listed === undefined) return this.#problem !== before;
    const names = new Set(listed.filter(isPolicyFile));
    let hasChanged = before !== undefined;
    for (const name of [...this.#cache.names]) {
      if (!names.has(name)) hasChanged = this.#cache.forget(name) || hasChanged;
    }
    const results = await this.#look(names, look);
    const lost = results.missing.filter((name) => this.#cache.keep(name, 'a link that leads nowhere') === 'changed');
    return hasChanged || results.changed.length > 0 || lost.length > 0;
  }

  async #lookAtSome(names: ReadonlySet<string>, look: Look): Promise<boolean> {
    const { changed, missing } = await this.#look(names, look);
    // Only a list can tell a removed file from a directory that is gone.
    const hasMore = missing.length > 0 && (await this.#lookAtAll({ ...look, at: 'stamp' }));
    return hasMore || changed.length > 0;
  }

  async #look(names: ReadonlySet<string>, look: Look) {
    const changed: string[] = [];
    const missing: string[] = [];
    const queue = names.values();
    const looker = async () => {
      for (const name of queue) {
        const result = await this.#cache.look(name, look, this.#decode);
        if (result === 'changed') changed.push(name);
        if (result === 'missing') missing.push(name);
        if (result === 'doubtful') this.#doubtful.add(name);
      }
    };
    await Promise.all(Array.from({ length: looksAtOnce }, looker));
    if (this.#doubtful.size > 0 && !this.#plans.has('second look')) {
      this.#plan('second look', doubtMs, () => this.#lookAgain());
    }
    return { changed, missing };
  }

  #lookAgain(): void {
    this.#plans.delete('second look');
    const names = new Set(this.#doubtful);
    this.#doubtful.clear();
    void this.#send(() => this.#lookAtSome(names, { at: 'content', trusting: false }));
  }

  /** @returns undefined when it cannot be listed; then the watching ends, since it may hold on to a directory that is gone. */
  async #list(): Promise<readonly string[] | undefined> {
    const { dir } = this.#options;
    try {
      const listed = await this.#files.list(dir);
      const isFresh = await this.#startWatching();
      this.#problem = undefined;
      return isFresh ? await this.#files.list(dir) : listed;
    } catch (error) {
      await this.#stopWatching();
      const hint = dir.includes('${') ? '; its name contains a variable that was not expanded' : '';
      this.#problem = `${dir}: failed to list files in directory: ${explainFileError(error)}${hint}`;
      return undefined;
    }
  }

  /** @returns true when the watching began just now, so that something may have happened before. */
  async #startWatching(): Promise<boolean> {
    const { dir, watch = watchFolder, world } = this.#options;
    if (this.#watching !== undefined || world.clock.now() - this.#watchFailedAt < fullIntervalMs) return false;
    const onError = (error: unknown) => {
      this.#watchFailedAt = world.clock.now();
      const everyMs = blindIntervalMs;
      this.#log.warn('no notifications about policy files, looking at them instead', {
        dir,
        everyMs,
        error: explain(error),
      });
      void this.#send(async () => {
        await this.#stopWatching();
        return false;
      });
    };
    try {
      this.#watching = await watch(dir, (name) => this.#notice(name), onError);
      return true;
    } catch (error) {
      onError(error);
      return false;
    }
  }

  async #stopWatching(): Promise<void> {
    const watching = this.#watching;
    this.#watching = undefined;
    await watching?.close();
  }

  #publish(): void {
    const snapshot = snapshotOf(this.#cache.states(), this.#problem);
    const { problems, warnings } = snapshot;
    const fresh = problems.filter((text) => !this.#told.has(text));
    if (fresh.length > 0) {
      this.#options.world.telemetry.counter('policy.source.error_count', { policy_source: 'file' }).add(1);
      for (const problem of fresh) this.#log.error('failed to handle directory', { error: problem });
    }
    for (const warning of warnings) {
      if (!this.#told.has(warning)) this.#log.warn('policy deserves a look', { warning });
    }
    this.#told = new Set([...problems, ...warnings]);
    this.#options.onChange(snapshot);
  }
}
