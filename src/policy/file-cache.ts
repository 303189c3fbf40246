/** What is known of each policy file; looks again only at what changed. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { Source } from '../lib/source.ts';
import { type DecodedFile, type DecodeOptions, decodePolicyFile } from './decode.ts';
import { explainFileError, type FileStamp, isMissing, type PolicyFiles } from './files.ts';
import { type FileState, keptState, nextState } from './snapshot.ts';

export interface Look {
  /** How closely to look: at the stamp, at the content, or at the content as if it were new. */
  readonly at: 'stamp' | 'content' | 'afresh';
  /** Takes what is there at once, even when it looks half written. */
  readonly trusting: boolean;
}

/**
 * `missing`: there is no such file; what is known of it stays until `forget`. `doubtful`: something in it is broken or gone,
 * as while somebody writes it; it counts when it is still the same `doubtMs` later.
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
  readonly #log: Logger;
  readonly #doubts = new Map<string, { readonly hash: string; readonly since: number }>();

  constructor(directory: string, files: PolicyFiles, clock: Clock, log: Logger) {
    this.#directory = directory;
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
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

  async look(name: string, look: Look, decode: DecodeOptions): Promise<LookResult> {
    const path = join(this.#directory, name);
    const known = this.#known.get(name);
    try {
      const stamp = await this.#files.stamp(path);
      if (!stamp.isFile) return this.forget(name) ? 'changed' : 'same';
      if (look.at === 'stamp' && stamp.text === known?.stamp) return 'same';
      if (stamp.size > largestFile) return this.#keep(name, stamp, `${path}: larger than ${largestFile} bytes`);
      return this.#take(name, stamp, await this.#files.read(path), look, decode);
    } catch (error) {
      if (isMissing(error)) return 'missing';
      return this.#keep(name, undefined, `${path}: ${explainFileError(error)}`);
    }
  }

  /** Keeps what is known of a file that is there and cannot be used. */
  keep(name: string, why: string): LookResult {
    return this.#keep(name, undefined, `${join(this.#directory, name)}: ${why}`);
  }

  #take(name: string, { text: stamp }: FileStamp, content: Buffer, look: Look, decode: DecodeOptions): LookResult {
    const known = this.#known.get(name);
    const hash = createHash('sha1').update(content).digest('base64');
    if (look.at !== 'afresh' && hash === known?.hash) {
      this.#doubts.delete(name);
      this.#known.set(name, { ...known, stamp });
      return 'same';
    }
    const decoded = decodePolicyFile(new Source(join(this.#directory, name), content.toString()), decode);
    if (!look.trusting && isDoubtful(decoded, known?.state) && this.#isDoubted(name, hash)) return 'doubtful';
    this.#doubts.delete(name);
    this.#tell(name, decoded);
    // Texts cut out of a file keep all of its text in memory; copies do not.
    const policies = structuredClone(decoded.policies);
    this.#known.set(name, { stamp, hash, state: nextState(known?.state, { ...decoded, policies }) });
    return 'changed';
  }

  #tell(name: string, { policies, disabled }: DecodedFile): void {
    if (!this.#log.isEnabled('debug')) return;
    const file = join(this.#directory, name);
    for (const policy of policies) {
      this.#log.debug('found policy in file', { file, name: policy.name, enabled: true });
    }
    for (const policy of disabled) {
      this.#log.debug('found policy in file', { file, name: policy, enabled: false });
      this.#log.debug('policy is disabled', { name: policy, file });
    }
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

/** True when something is broken, or a policy is gone that was there before. */
function isDoubtful({ policies, disabled, broken }: DecodedFile, last: FileState | undefined): boolean {
  const names = new Set([...policies.map(({ name }) => name), ...disabled]);
  return broken.length > 0 || (last?.policies.some(({ name }) => !names.has(name)) ?? false);
}
