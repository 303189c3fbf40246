/** The machine itself: its processes and its files. Nothing is decided here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, mkdtempSync } from 'node:fs';
import { appendFile, chmod, mkdir, open, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { nodeCode } from '../../lib/error.ts';
import type { Strings } from '../../nomad/types.ts';
import { endBySignal } from '../signals.ts';
import type { Disk, FileInfo, Machine, Outputs, ProcessEnd, Program, TaskProcess } from './machine.ts';
import { processesWith, usageOfGroups } from './proc.ts';
import { Reaper } from './reaper.ts';

/** What of our own process a machine is made from. */
export interface MachineParts {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the folder is made. */
  readonly tempDir: string;
  /** Throws when there is no such process or group. */
  readonly sendSignal: (pid: number, signal: NodeJS.Signals) => unknown;
}

const secretName =
  /TOKEN|PASSW(OR)?D|PASSPHRASE|_PASS$|SECRET|CREDENTIAL|API_?KEY|ACCESS_KEY|_KEY$|PRIVATE|LICENSE|_AUTH|^(NOMAD|OS|VAULT|CONSUL)_/i;

/** What of our environment tasks may see. Compat: Nomad hands on all but some names; what looks like a secret stays here. */
export function inheritable(env: Readonly<Record<string, string | undefined>>): Strings {
  const known = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  return Object.fromEntries(known.filter(([name]) => !secretName.test(name)));
}

/** By it all that a task started is known, also what left its group as a daemon does. */
const runVariable = 'NOMAD_AUTOSCALER_RUN';

/** How long output may take to end after its process: what was started by it may still hold it. */
const drainMs = 1000;

export function systemMachine({ clock, env, tempDir, sendSignal }: MachineParts): Machine {
  const folder = mkdtempSync(join(tempDir, 'nomad-autoscaler-tasks-'));
  const reaper = new Reaper(spawn, folder, runVariable);
  let runs = 0;
  const running = new Map<number, Promise<unknown>>();
  const kill = (process: number) => {
    try {
      sendSignal(process, 'SIGKILL');
    } catch {
      // nothing of it is left, which is what was wanted
    }
  };
  const killGroup = (group: number) => kill(-group);

  async function start(program: Program, outputs: Outputs): Promise<TaskProcess | string> {
    const run = `${folder}/${runs++}`;
    const child = await spawned({ ...program, env: { ...program.env, [runVariable]: run } });
    if (typeof child === 'string') return child;
    const { pid, stdout, stderr } = child;
    if (pid === undefined || stdout === null || stderr === null) return 'no process';
    reaper.add(pid);
    const killRest = () => {
      killGroup(pid);
      for (const left of processesWith(`${runVariable}=${run}`)) kill(left);
    };
    const end = ended(child, killRest, [copy(stdout, outputs.stdout), copy(stderr, outputs.stderr)]);
    running.set(pid, end);
    let isThere = true;
    void end.then(() => {
      running.delete(pid);
      reaper.remove(pid);
    });
    child.once('exit', () => {
      isThere = false;
    });
    return {
      pid,
      end,
      signal: (name) => void child.kill(name),
      kill: () => {
        if (isThere) killGroup(pid); // else the number may be another's
      },
    };
  }

  function ended(child: ChildProcess, killRest: () => void, copies: readonly Promise<void>[]): Promise<ProcessEnd> {
    return new Promise((resolve) => {
      child.once('exit', async (code, signal) => {
        killRest();
        const cancel = clock.after(drainMs, () => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        });
        await Promise.all(copies);
        cancel();
        resolve(signal === null ? { code: code ?? 0, signal: 0 } : endBySignal(signal));
      });
    });
  }

  return {
    folder,
    env: inheritable(env),
    disk: systemDisk,
    start,
    usage: usageOfGroups,
    async close() {
      for (const group of running.keys()) killGroup(group);
      await Promise.all(running.values());
      await reaper.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns Go's text when it could not be started. */
async function spawned({ path, args, env, folder }: Program): Promise<ChildProcess | string> {
  try {
    const child = spawn(path, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.on('error', () => undefined); // a signal that comes too late
    return child;
  } catch (error) {
    const code = nodeCode(error) ?? '';
    return `fork/exec ${path}: ${reasons[code] ?? code.toLowerCase()}`;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
  E2BIG: 'argument list too long',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'cannot allocate memory',
};

/** A pipe that is closed early has nothing more to say. */
async function copy(from: Readable, write: (piece: Uint8Array) => Promise<void>): Promise<void> {
  try {
    for await (const piece of from) await write(piece as Uint8Array);
  } catch {
    from.destroy();
  }
}

const folderMode = 0o700;

const systemDisk: Disk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: folderMode });
  },
  async write(path, data, mode) {
    await writeFile(path, data, { mode });
    await chmod(path, mode); // the umask, and a file that was there
  },
  append: (path, data) => appendFile(path, data),
  setMode: (path, mode) => chmod(path, mode),
  info: (path) => infoOf(path).catch(orUnreachable),
  async resolve(path, within) {
    const [place, root] = await Promise.all([realpath(path), realpath(within)].map((one) => one.catch(orUnreachable)));
    if (place === undefined || root === undefined) return undefined;
    const isInside = place === root || place.startsWith(`${root}/`);
    return isInside ? `${within}${place.slice(root.length)}` : undefined;
  },
  async list(path) {
    const names = (await readdir(path)).sort();
    const found = await Promise.all(names.map((name) => systemDisk.info(posix.join(path, name))));
    return found.filter((one) => one !== undefined);
  },
  async read(path, offset, length) {
    // Without waiting: a pipe that a task made may never have a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(orMissing);
    if (file === undefined) return new Uint8Array();
    try {
      const info = await file.stat();
      const size = info.isFile() ? info.size : 0;
      const room = Buffer.alloc(Math.max(Math.min(length, size - offset), 0));
      const { bytesRead } = await file.read(room, 0, room.length, offset);
      return room.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
};

function orUnreachable(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(nodeCode(error) ?? '')) throw error;
  return undefined;
}

/** A file may go in the moment in which it is looked at. */
function orMissing(error: unknown): undefined {
  if (nodeCode(error) !== 'ENOENT') throw error;
  return undefined;
}

async function infoOf(path: string): Promise<FileInfo> {
  const { size, mode, mtimeMs, ...kind } = await stat(path).then((one) => ({
    ...{ size: one.size, mode: one.mode & 0o777, mtimeMs: one.mtimeMs },
    isFolder: one.isDirectory(),
  }));
  return { name: posix.basename(path), ...kind, size, mode, modifiedMs: mtimeMs };
}
