/** Notices that something happens in a directory. The only file that knows chokidar. */
import { basename } from 'node:path';

export interface FolderWatch {
  close(): Promise<void>;
}

/**
 * Watches a directory, not what lies below it.
 *
 * @param onEvent  something happened to the entry of this name; without a name to anything.
 * @param onError  the watching suffers, as when the system is out of watches.
 * @returns        once the watching has begun.
 */
export type WatchFolder = (
  directory: string,
  onEvent: (name: string | undefined) => void,
  onError: (error: unknown) => void,
) => Promise<FolderWatch>;

/** By the system's notifications. */
export const watchFolder: WatchFolder = async (directory, onEvent, onError) => {
  const { watch } = await import('chokidar');
  const watcher = watch(directory, { depth: 0, ignoreInitial: true });
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
    watcher.on('error', (error) => {
      onError(error);
      resolve();
    });
  });
  watcher.on('all', (_event, path) => onEvent(basename(path)));
  // Links that are turned to another folder show up only here.
  watcher.on('raw', (_event, path) => onEvent(path ? basename(path) : undefined));
  return { close: () => watcher.close() };
};
