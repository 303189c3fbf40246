/**
 * A shell that outlives a crash of ours. It is told which groups of processes run; when its input ends, which it does
 * however we end, it ends those and what tasks started beside their groups, and removes the folder.
 */
import type { ChildProcess, spawn } from 'node:child_process';

/** Only the last whole line counts. */
const script = [
  'groups=',
  'while read -r line; do groups=$line; done',
  'for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done',
  'for file in $(grep -lsF -- "$2=$1/" /proc/[0-9]*/environ); do',
  '  pid=${file#/proc/}',
  '  kill -s KILL "${pid%/environ}" 2>/dev/null',
  'done',
  'rm -rf -- "$1"',
].join('\n');

export class Reaper {
  readonly #child: ChildProcess;
  readonly #groups = new Set<number>();

  /**
   * @param folder    what to remove.
   * @param variable  of the environment of all that tasks start: a path below the folder.
   */
  constructor(spawnProcess: typeof spawn, folder: string, variable: string) {
    this.#child = spawnProcess('/bin/sh', ['-c', script, 'reaper', folder, variable], {
      ...{ cwd: '/', detached: true },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without a shell on this machine there is no such guard; everything else works.
    this.#child.on('error', () => undefined);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.unref();
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#tell();
  }

  remove(group: number): void {
    this.#groups.delete(group);
    this.#tell();
  }

  /** Resolves once it is gone. */
  close(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.ref();
      this.#child.stdin?.end();
    });
  }

  #tell(): void {
    this.#child.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }
}
