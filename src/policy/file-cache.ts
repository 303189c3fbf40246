/** What is known of each policy file; looks again only at what changed. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { Source } from '../lib/source.ts';
import { type DecodeOptions, decodePolicyFile } from './decode.ts';
import { explainFileError, type FileStamp, isMissing, type PolicyFiles } from './files.ts';
import { type FileState, keptState, nextState } from './snapshot.ts';

/** How closely to look: at the stamp, at the content, or at the content as if it were new. */
export type Look = 'stamp' | 'content' | 'afresh';

/**
 * `missing`: there is no such file; what is known of it stays until `forget`. `doubtful`: it is broken or empty, as while
 * somebody writes it; it counts when it is still the same `doubtMs` later.
 */
export type LookResult = 'same' | 'changed' | 'missing' | 'doubtful';

interface Known {
  readonly stamp: string;
  readonly hash: string;
  readonly state: FileState;
}

/** A writer that pauses for longer than this in the middle of a file is taken to be done. */
export const doubtMs = 300;
const largestFile = 10 * 1024 * 1024;

export class FileCache {
  readonly #directory: string;
  readonly #files: PolicyFiles;
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #doubts = new Map<string, { readonly hash: string; readonly since: number }>();

  constructor(directory: string, files: PolicyFiles, clock: Clock) {
    this.#directory = directory;
    this.#files = files;
    this.#clock = clock;
  }

  get names(): Iterable<string> {
    return this.#known.keys();
  }

  states(): ReadonlyMap<string, FileState> {
    return new Map(Array.from(this.#known, ([name, { state }]) => [name, state]));
  }

  /** @returns true when something was known. */
  forget(name: string): boolean {
    this.#doubts.delete(name);
    return this.#known.delete(name);
  }

  /** @param trusting  takes what it finds at once, doubtful or not. */
  async look(name: string, look: Look, trusting: boolean, decode: DecodeOptions): Promise<LookResult> {
    const path = join(this.#directory, name);
    const known = this.#known.get(name);
    try {
      const stamp = await this.#files.stamp(path);
      if (!stamp.isFile) return this.forget(name) ? 'changed' : 'same';
      if (look === 'stamp' && stamp.text === known?.stamp) return 'same';
      if (stamp.size > largestFile) return this.#keep(name, stamp, `${path}: larger than ${largestFile} bytes`);
      return this.#take(name, stamp, await this.#files.read(path), look, trusting, decode);
    } catch (error) {
      if (isMissing(error)) return 'missing';
      return this.#keep(name, undefined, `${path}: ${explainFileError(error)}`);
    }
  }

  /** Keeps what is known of a file that is there and cannot be used. */
  keep(name: string, why: string): LookResult {
    return this.#keep(name, undefined, `${join(this.#directory, name)}: ${why}`);
  }

  #take(
    name: string,
    { text: stamp }: FileStamp,
    content: Buffer,
    look: Look,
    trusting: boolean,
    decode: DecodeOptions,
  ): LookResult {
    const known = this.#known.get(name);
    const hash = createHash('sha1').update(content).digest('base64');
    if (look !== 'afresh' && hash === known?.hash) {
      this.#doubts.delete(name);
      this.#known.set(name, { ...known, stamp });
      return 'same';
    }
    const decoded = decodePolicyFile(new Source(join(this.#directory, name), content.toString()), decode);
    const isDoubtful = decoded.broken.length > 0 || (decoded.policies.length === 0 && decoded.disabled.length === 0);
    if (isDoubtful && !trusting && this.#isDoubted(name, hash)) return 'doubtful';
    this.#doubts.delete(name);
    // Texts cut out of a file keep all of its text in memory; copies do not.
    const policies = structuredClone(decoded.policies);
    this.#known.set(name, { stamp, hash, state: nextState(known?.state, { ...decoded, policies }) });
    return 'changed';
  }

  #isDoubted(name: string, hash: string): boolean {
    const now = this.#clock.now();
    const doubt = this.#doubts.get(name);
    if (doubt?.hash === hash) return now - doubt.since < doubtMs;
    this.#doubts.set(name, { hash, since: now });
    return true;
  }

  #keep(name: string, stamp: FileStamp | undefined, problem: string): LookResult {
    const known = this.#known.get(name);
    const wasSo = known?.state.problems.length === 1 && known.state.problems[0] === problem;
    this.#known.set(name, { stamp: stamp?.text ?? '', hash: '', state: keptState(known?.state, problem) });
    return wasSo ? 'same' : 'changed';
  }
}
