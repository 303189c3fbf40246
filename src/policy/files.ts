/** The files of the policy directory as this program needs them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { explain, nodeCode } from '../lib/error.ts';

export interface PolicyFiles {
  /** The names in a directory, in any order. @throws when it cannot be listed. */
  list(directory: string): Promise<readonly string[]>;
  /** Changes whenever the content may have changed. @throws when there is no such file or it cannot be looked at. */
  stamp(path: string): Promise<FileStamp>;
  /** @throws when it cannot be read. */
  read(path: string): Promise<Buffer>;
}

export interface FileStamp {
  readonly isFile: boolean;
  readonly size: number;
  readonly text: string;
}

/** Of the disk; links are followed. */
export const diskFiles: PolicyFiles = {
  list: (directory) => readdir(directory),
  async stamp(path) {
    const found = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    return { isFile: found.isFile(), size: Number(size), text: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}` };
  },
  read: (path) => readFile(path),
};

/** Ends in `.hcl` or `.json` and is none of an editor's temporary files. Source: spec agent.md §5.1. */
export function isPolicyFile(name: string): boolean {
  if (!name.endsWith('.hcl') && !name.endsWith('.json')) return false;
  return !name.endsWith('~') && !name.startsWith('.#') && !(name.startsWith('#') && name.endsWith('#'));
}

export function isMissing(error: unknown): boolean {
  return nodeCode(error) === 'ENOENT';
}

/** What a failed look at a file or directory means, and what to do. */
export function explainFileError(error: unknown): string {
  switch (nodeCode(error)) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; let the user of the agent read it';
    case 'ENOTDIR':
      return 'not a directory';
    default:
      return explain(error);
  }
}
