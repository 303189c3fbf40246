/** A task's output on disk: files `<task>.stdout.0`, `.1`, … of bounded size, of which the newest are kept. Compat: Nomad's. */
import { posix } from 'node:path';
import type { Disk } from './machine.ts';

export interface LogLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

const newLine = 0x0a;
const logMode = 0o600;

/** @returns how much of the piece still belongs into a file with so much room: whole lines, if a line ends in it. */
export function fitting(piece: Uint8Array, room: number): number {
  if (piece.length <= room) return piece.length;
  const end = piece.subarray(0, room).lastIndexOf(newLine);
  return end < 0 ? room : end + 1;
}

export class RotatingLog {
  readonly #disk: Disk;
  /** Without the number. */
  readonly #base: string;
  readonly #limits: LogLimits;
  #number: number;
  #size: number;

  private constructor(disk: Disk, base: string, limits: LogLimits, number: number, size: number) {
    this.#disk = disk;
    this.#base = base;
    this.#limits = limits;
    this.#number = number;
    this.#size = size;
  }

  /** Goes on where an earlier run of the task stopped. @param base  absolute, `…/alloc/logs/web.stdout`. */
  static async open(disk: Disk, base: string, limits: LogLimits): Promise<RotatingLog> {
    const name = `${posix.basename(base)}.`;
    let [number, size] = [-1, 0];
    for (const file of await disk.list(posix.dirname(base))) {
      const at = file.name.startsWith(name) ? Number(file.name.slice(name.length)) : Number.NaN;
      if (at > number) [number, size] = [at, file.size];
    }
    if (number < 0) await disk.write(`${base}.0`, '', logMode);
    return new RotatingLog(disk, base, limits, Math.max(number, 0), size);
  }

  /** Pieces are written one after the other: wait for each. */
  async write(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.length > 0; ) {
      const room = this.#limits.maxBytes - this.#size;
      const count = room > 0 ? fitting(rest, room) : 0;
      if (count > 0) await this.#disk.append(`${this.#base}.${this.#number}`, rest.subarray(0, count));
      this.#size += count;
      rest = rest.subarray(count);
      if (rest.length > 0) await this.#next();
    }
  }

  async #next(): Promise<void> {
    this.#number++;
    this.#size = 0;
    await this.#disk.write(`${this.#base}.${this.#number}`, '', logMode);
    const oldest = this.#number - this.#limits.maxFiles;
    if (oldest >= 0) await this.#disk.remove(`${this.#base}.${oldest}`);
  }
}
