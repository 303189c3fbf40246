/**
 * The door for programs that are plugins. Import this before anything else: from here on standard output belongs to
 * the handshake, and what dependencies print goes to the host.
 */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { systemClock } from '../lib/clock.ts';
import { createLog, type Logger } from '../lib/log.ts';
import { captureOutput } from './capture.ts';
import { variables } from './environment.ts';
import { refusal, type ServeOptions, servePlugin } from './serve.ts';

/** Every host sets it; whether it is the right one is for the cookie to say. */
const hasHost = process.env[variables.minPort] !== undefined;
const captured = hasHost ? captureOutput(process) : undefined;
const write = captured?.log ?? ((text: string) => void process.stderr.write(text));

/** Writes to the host's log, every level: filtering is the host's job. Without a host it writes to stderr. */
export const log: Logger = createLog({
  level: 'trace',
  json: hasHost,
  location: false,
  clock: systemClock,
  write,
}).root;

/**
 * Serves the plugin to the host that started this process, until the host ends it or is gone. Started by hand the
 * program says what it is and ends with exit code 1.
 */
export function serve(options: ServeOptions): void {
  const refused = refusal(options.cookie, process.env);
  if (refused !== undefined) {
    write(refused);
    process.exitCode = 1;
    return;
  }
  const output = captured ?? captureOutput(process);
  void servePlugin(options, { self: process, output, clock: systemClock, log, randomBytes, tempDir: tmpdir() });
}
