/**
 * What running tasks for real takes of the machine: processes, files and what those processes use. It is handed in;
 * `system.ts` has the real one. Nothing is started by a server that has no machine.
 */
import type { Strings } from '../../nomad/types.ts';

export interface Machine {
  /** A folder of this server alone, gone when the machine is closed. */
  readonly folder: string;
  /** What tasks inherit of our own environment; nothing that looks like a secret. */
  readonly env: Strings;
  readonly disk: Disk;
  /** @returns why it did not start, in Go's words: `fork/exec /bin/x: permission denied`. */
  start(program: Program, outputs: Outputs): Promise<TaskProcess | string>;
  /** What the processes of these groups use, by group; none where the system does not tell. */
  usage(groups: ReadonlySet<number>): ReadonlyMap<number, readonly ProcessUsage[]>;
  /** Ends every process that was started, at once, and removes the folder. */
  close(): Promise<void>;
}

export interface Program {
  /** Absolute. */
  readonly path: string;
  /** Without the program itself. */
  readonly args: readonly string[];
  readonly env: Strings;
  /** Absolute. */
  readonly folder: string;
}

/** Where output goes, in its order. The process waits for what is not written yet. */
export interface Outputs {
  readonly stdout: (piece: Uint8Array) => Promise<void>;
  readonly stderr: (piece: Uint8Array) => Promise<void>;
}

export interface TaskProcess {
  /** Of the process and of its group; 0 for one that is only pretended. */
  readonly pid: number;
  /** Once it is gone and its output is written. What else it started is ended as well. */
  readonly end: Promise<ProcessEnd>;
  /** Sends it to the process itself, not to those that it started. */
  signal(name: NodeJS.Signals): void;
  /** Ends the whole group at once, unasked. */
  kill(): void;
}

export interface ProcessEnd {
  /** 128 and the signal's number for one that a signal ended. */
  readonly code: number;
  /** The number of the signal; 0 when it ended by itself. */
  readonly signal: number;
}

export interface ProcessUsage {
  readonly pid: number;
  /** CPU time since its start, in milliseconds. */
  readonly userMs: number;
  readonly systemMs: number;
  readonly rssBytes: number;
  readonly swapBytes: number;
}

/** Files below one folder. Paths are absolute; what cannot be done is thrown as Node does. */
export interface Disk {
  /** With all above it, for our own user only. */
  makeFolder(path: string): Promise<void>;
  write(path: string, data: string | Uint8Array, mode: number): Promise<void>;
  append(path: string, data: Uint8Array): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  /** @returns undefined when there is none. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Where a path leads when its links are followed. @returns undefined when there is none, or when that is not below `within`. */
  resolve(path: string, within: string): Promise<string | undefined>;
  /** By name. */
  list(path: string): Promise<readonly FileInfo[]>;
  /** @returns nothing when there is no such file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  remove(path: string): Promise<void>;
}

export interface FileInfo {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modifiedMs: number;
}
