/** The files that the tasks of an allocation really wrote. */
import { posix } from 'node:path';
import type { Cancel } from '../../lib/clock.ts';
import type { AllocationFiles, FileRow } from '../allocation-files.ts';
import { Refusal } from '../refusal.ts';
import type { Disk, FileInfo } from './machine.ts';

/** @param root  absolute; nothing outside of it is read, whatever a path or a link says. */
export function realFiles(disk: Disk, root: string, onWrite: (wake: () => void) => Cancel): AllocationFiles {
  const placeOf = (path: string): string => {
    const place = posix.join(root, path);
    if (place !== root && !place.startsWith(`${root}/`)) throw new Refusal(500, 'Path escapes the alloc directory');
    return place;
  };
  const isSecret = (place: string): boolean => /^[^/]+\/secrets(\/|$)/.test(posix.relative(root, place));
  /** @returns undefined when there is none. */
  const readable = async (path: string): Promise<string | undefined> => {
    const place = placeOf(path);
    const real = await disk.resolve(place, root);
    if (isSecret(place) || isSecret(real ?? place)) throw new Refusal(500, `Reading secret file prohibited: ${path}`);
    return real;
  };
  return {
    async info(path) {
      const place = await disk.resolve(placeOf(path), root);
      const found = place === undefined ? undefined : await disk.info(place);
      return found === undefined ? undefined : rowOf(found);
    },
    async list(folder) {
      const place = await readable(folder);
      return place === undefined ? [] : (await disk.list(place)).map(rowOf);
    },
    async read(path, offset, length) {
      const place = await readable(path);
      return place === undefined ? new Uint8Array() : disk.read(place, offset, length);
    },
    onWrite,
  };
}

const rowOf = ({ mode, ...rest }: FileInfo): FileRow => ({ ...rest, mode: modeText(mode, rest.isFolder) });

/** `-rw-r--r--`. */
function modeText(mode: number, isFolder: boolean): string {
  const bits = [...'rwxrwxrwx'].map((sign, at) => ((mode >> (8 - at)) & 1 ? sign : '-'));
  return `${isFolder ? 'd' : '-'}${bits.join('')}`;
}
