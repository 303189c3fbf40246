/** Which files are executables, and when one has changed. */
import { stat } from 'node:fs/promises';
import type { FindExecutable } from './select.ts';

const anyExecuteBit = 0o111;

/**
 * Looks at the file that a path leads to, through symbolic links.
 *
 * @param platform  Node's name of it. On `win32` an executable is a file whose name ends in `.exe`.
 */
export function executableFinder(platform: string): FindExecutable {
  return async (path) => {
    const file = await stat(path, { bigint: true }).catch(() => undefined); // whoever starts it meets the same trouble
    if (file === undefined || !file.isFile()) return undefined;
    const isExecutable =
      platform === 'win32' ? path.toLowerCase().endsWith('.exe') : (Number(file.mode) & anyExecuteBit) !== 0;
    return isExecutable ? [file.dev, file.ino, file.size, file.mtimeNs].join('-') : undefined;
  };
}
