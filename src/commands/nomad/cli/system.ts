/** The files and programs of the system, for commands that read, write or start some. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nodeCode } from '../../../lib/error.ts';
import type { CliFiles } from './command.ts';

/** @param cwd  what paths are relative to. */
export const systemFiles = (cwd: string): CliFiles => ({
  async read(path) {
    try {
      return await readFile(resolve(cwd, path), 'utf8');
    } catch (error) {
      if (nodeCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  write: (path, text) => writeFile(resolve(cwd, path), text),
  absolute: (path) => resolve(cwd, path),
});

/** With this process's own streams. @returns its exit status, 1 for one that a signal ended. */
export function execute(program: string, args: readonly string[]): Promise<number> {
  return new Promise((ended, failed) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    child.on('error', failed);
    child.on('close', (status) => ended(status ?? 1));
  });
}
