/** The files of an allocation, pretended or real. Paths are relative, without a leading `/`; '' is its own folder. */
import type { Cancel } from '../lib/clock.ts';

export interface AllocationFiles {
  /** @returns undefined when there is none. */
  info(path: string): Promise<FileRow | undefined>;
  /** What a folder holds, by name. */
  list(folder: string): Promise<readonly FileRow[]>;
  /** @param length  as many bytes as there are at most. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Calls `wake` after something was written. */
  onWrite(wake: () => void): Cancel;
}

export interface FileRow {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  /** As `ls` shows it: `drwx------`. */
  readonly mode: string;
  readonly modifiedMs: number;
}

export type OutputStream = 'stdout' | 'stderr';

/** Without its number: `alloc/logs/web.stdout`. */
export const logBase = (task: string, stream: OutputStream): string => `alloc/logs/${task}.${stream}`;
