/** How a program of its own becomes a plugin. What the public doors, this folder's and the SDK's, have in common. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { systemClock } from '../lib/clock.ts';
import { createLog, type Logger } from '../lib/log.ts';
import { captureOutput } from './capture.ts';
import type { Cookie } from './handshake.ts';
import type { ServeWorld } from './lifetime.ts';
import { refusal } from './serve.ts';

export interface Door {
  /** Writes to the host's log, every level: filtering is the host's job. Without a host it writes to stderr. */
  readonly log: Logger;
  /**
   * Lets in a host that knows the cookie. Anybody else is told what the program is, and the exit code is 1.
   *
   * @param serve  not called for anybody else: what it opens is always closed in the end.
   */
  enter(cookie: Cookie, serve: (world: ServeWorld) => Promise<void>): void;
}

/** @param hasHost  standard output belongs to the handshake from now on, and the log is for the host to read. */
export function openDoor(self: NodeJS.Process, hasHost: boolean): Door {
  const captured = hasHost ? captureOutput(self) : undefined;
  const write = captured?.log ?? ((text: string) => void self.stderr.write(text));
  const log = createLog({ level: 'trace', json: hasHost, location: false, clock: systemClock, write }).root;
  return {
    log,
    enter(cookie, serve) {
      const refused = refusal(cookie, self.env);
      if (refused !== undefined) {
        write(refused);
        self.exitCode = 1;
        return;
      }
      const output = captured ?? captureOutput(self);
      void serve({ self, output, clock: systemClock, log, randomBytes, tempDir: tmpdir() });
    },
  };
}
