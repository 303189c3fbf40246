/**
 * The door for programs that are plugins. Import this before anything else: from here on standard output belongs to
 * the handshake, and what dependencies print goes to the host.
 */
import type { Logger } from '../lib/log.ts';
import { openDoor } from './door.ts';
import { variables } from './environment.ts';
import { type ServeOptions, servePlugin } from './serve.ts';

/** Every host sets the variable; whether it is the right one is for the cookie to say. */
const door = openDoor(process, process.env[variables.minPort] !== undefined);

/** Writes to the host's log, every level: filtering is the host's job. Without a host it writes to stderr. */
export const log: Logger = door.log;

/**
 * Serves the plugin to the host that started this process, until the host ends it or is gone. Started by hand the
 * program says what it is and ends with exit code 1.
 */
export function serve(options: ServeOptions): void {
  door.enter(options.cookie, (world) => servePlugin(options, world));
}
