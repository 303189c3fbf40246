/** The file behind a plugin: what can be said about it before and after it was started. Source: spec go-plugin.md §6.3, §14. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AutoscalerError, nodeCode } from '../lib/error.ts';
import { foreignArch, goArch, interpreterOf } from './elf.ts';
import { startError } from './handshake.ts';

/** How the bytes of a file must hash for it to be started. */
export interface Checksum {
  /** A name that `node:crypto` knows: `sha256`. */
  readonly algorithm: string;
  readonly hex: string;
}

/**
 * Reads `sha256:9f86d0…`.
 *
 * @throws `plugin_checksum` (usage).
 */
export function parseChecksum(text: string): Checksum {
  const [, algorithm = '', hex = ''] = /^(sha256|sha384|sha512):([0-9a-fA-F]+)$/.exec(text.trim()) ?? [];
  const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
  if (hex.length !== lengths[algorithm]) {
    throw checksumError(`checksum ${JSON.stringify(text)} is not of the form "sha256:<64 hex digits>"`);
  }
  return { algorithm, hex: hex.toLowerCase() };
}

/** @throws `plugin_checksum` (usage) unless the whole file hashes as asked. */
export async function verifyChecksum(path: string, wanted: Checksum): Promise<void> {
  if (wanted.hex === '') throw checksumError('error verifying checksum: no checksum provided');
  if (wanted.algorithm === '') throw checksumError('error verifying checksum: no hash implementation provided');
  const hash = createHash(wanted.algorithm);
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw checksumError(`error verifying checksum: open ${path}: ${reasonOf(cause)}`);
  }
  const found = hash.digest('hex');
  if (found === wanted.hex) return;
  const { algorithm } = wanted;
  const hint = `is another file than the one that was pinned: it has ${algorithm}:${found}; pin that if you put it there`;
  throw checksumError('checksums did not match', hint);
}

function checksumError(message: string, hint?: string): AutoscalerError {
  return new AutoscalerError('plugin_checksum', message, { blame: 'usage', hint });
}

/** @returns the path to start: a bare name is looked up in `PATH`. @throws `plugin_start_failed` with Go's text. */
export async function findExecutable(command: string, path: string | undefined): Promise<string> {
  if (command.includes('/')) return command;
  for (const folder of (path ?? '').split(':')) {
    const candidate = join(folder === '' ? '.' : folder, command);
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // not in this folder
    }
  }
  throw startError(`exec: ${JSON.stringify(command)}: executable file not found in $PATH`);
}

/** The first bytes of what a system can run by itself: ELF, Mach-O in its four forms and as a bundle, PE, a script. */
const magics = ['7f454c46', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe', '4d5a', '2321'];

/**
 * Refuses a text file without `#!` and a program for another processor, which Node would silently give to a shell.
 *
 * @param arch  of this machine, as Node names it; undefined where nobody knows.
 * @throws      `plugin_start_failed`, text `fork/exec <path>: exec format error`, with more about a program.
 */
export async function checkFormat(path: string, arch: string | undefined): Promise<void> {
  const head = await readHead(path, 20);
  if (head === undefined) return; // missing or unreadable: starting it tells
  const hex = head.toString('hex');
  const failure = `fork/exec ${path}: exec format error`;
  if (!magics.some((magic) => hex.startsWith(magic))) {
    throw startError(failure, 'is neither a program nor a script that begins with #!: the system cannot run it');
  }
  const foreign = arch === undefined ? undefined : foreignArch(head, arch);
  if (foreign === undefined || arch === undefined || (await hasEmulators())) return;
  const why = `is for ${foreign}, and this machine is ${goArch(arch)}`;
  throw startError(`${failure}; the file ${why}`, `${why}: take a build for this machine`);
}

/** Whether the system may hand programs of other processors to an emulator. */
async function hasEmulators(): Promise<boolean> {
  const known = await readdir('/proc/sys/fs/binfmt_misc').catch(() => []); // it has none
  return known.some((name) => name !== 'register' && name !== 'status');
}

/** The error of a file that the system did not run. */
export async function spawnError(path: string, cause: unknown): Promise<AutoscalerError> {
  const failure = `fork/exec ${path}: ${reasonOf(cause)}`;
  const code = nodeCode(cause);
  if (code === 'EACCES') {
    return startError(
      failure,
      'may not be run by this user: it wants the execute bit, and every folder above it as well',
    );
  }
  if (code !== 'ENOENT') return startError(failure);
  const head = await readHead(path, longestHead);
  if (head === undefined)
    return startError(failure, 'is not there: mend the driver of the block, or put the file there');
  const why = `needs ${interpreterOf(head) ?? 'an interpreter'} to run, which is not there`;
  return startError(
    `${failure}; the file exists but ${why}`,
    `exists but ${why}: install that, or take a build for this system`,
  );
}

/** The table with an ELF file's loader stands in the beginning. */
const longestHead = 4096;

/** @returns the first bytes; undefined when they cannot be read. */
export async function readHead(path: string, size: number): Promise<Buffer | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // whoever starts the file meets the same trouble and says so
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ENOMEM: 'cannot allocate memory',
  EAGAIN: 'resource temporarily unavailable',
  E2BIG: 'argument list too long',
  EMFILE: 'too many open files',
  ETXTBSY: 'text file busy',
};

/** The operating system's words for an error of Node's file and process functions. */
export function reasonOf(error: unknown): string {
  return reasons[nodeCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}
