/** The world of a program that hosts plugins and has nothing special to hand in: its own process, real time, stderr. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { systemClock } from '../lib/clock.ts';
import { createLog, type Logger, type LogLevel } from '../lib/log.ts';
import type { SendSignal } from './process-tree.ts';
import type { ReattachWorld } from './reattach.ts';
import type { RunnerWorld } from './runner.ts';

/** What a client needs of the world around it. */
export interface ClientWorld extends RunnerWorld, ReattachWorld {
  readonly tempDir: string;
  readonly sendSignal: SendSignal;
}

/** All that a host, or a plugin in test mode, needs. */
export interface SystemWorld extends ClientWorld {
  readonly pid: number;
  readonly platform: NodeJS.Platform;
}

/** Writes lines like hclog's to stderr: `2026-11-21T09:00:00.123Z [INFO]  plugin: text: key=value`. */
export function consoleLog(level: LogLevel): Logger {
  const write = (record: string) => void process.stderr.write(record);
  return createLog({ level, json: false, location: false, clock: systemClock, write }).root.named('plugin');
}

/** @param log  of the host itself; lines of a plugin go to a child of it. Default: warnings and errors, to stderr. */
export function systemWorld(log: Logger = consoleLog('warn')): SystemWorld {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return {
    clock: systemClock,
    log,
    env: process.env,
    spawn,
    randomBytes,
    tempDir: tmpdir(),
    pid: process.pid,
    platform: process.platform,
    sendSignal: (pid, signal) => process.kill(pid, signal),
    identity: uid === undefined || gid === undefined ? undefined : { uid, gid, arch: process.arch },
  };
}
