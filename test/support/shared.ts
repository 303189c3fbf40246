/** Where the recordings and the corpus lie: beside the project, absent where somebody cloned the repository alone. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** @returns the path of a file or folder of the shared material, or undefined when it is not there. */
export function sharedPath(path: string): string | undefined {
  const found = root + path;
  return existsSync(found) ? found : undefined;
}

/** A test option that leaves the test out, with the reason, when the material is absent. */
export function needsShared(path: string): { skip: false | string } {
  return { skip: sharedPath(path) === undefined && `left out: ../shared/${path} is not beside the project` };
}
