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
  const readable = (path: string): string => {
    if (/^[^/]+\/secrets(\/|$)/.test(posix.normalize(path))) {
      throw new Refusal(500, `Reading secret file prohibited: ${path}`);
    }
    return placeOf(path);
  };
  const known = async (place: string) => (await disk.info(place, root)) !== undefined;
  return {
    async info(path) {
      const found = await disk.info(placeOf(path), root);
      return found === undefined ? undefined : rowOf(found);
    },
    async list(folder) {
      const place = readable(folder);
      return (await known(place)) ? (await disk.list(place)).map(rowOf) : [];
    },
    async read(path, offset, length) {
      const place = readable(path);
      return (await known(place)) ? disk.read(place, offset, length) : new Uint8Array();
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
