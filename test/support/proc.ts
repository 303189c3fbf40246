/** Processes of tests and benchmarks: what Linux tells of them in /proc, and that none outlives it. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Of `times` in /proc/<pid>/stat. Linux tells user programs hundredths of a second, whatever its own clock is. */
const msPerTick = 10;

/** Where fields of /proc/<pid>/stat stand, counted from behind the name. Source: proc_pid_stat(5). */
const statFields = { state: 0, parent: 1, userTime: 11, systemTime: 12 };

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** Ends the child when this process ends, for whatever reason but SIGKILL. */
export function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** Whether there is such a process. One that has ended is there until its parent has asked for its status. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Stops a process, and waits until each of its threads stands: until then any of them may still answer. */
export async function halt(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const states = () =>
    readdirSync(`/proc/${pid}/task`).map((thread) => stat(`${pid}/task/${thread}`)[statFields.state]);
  while (states().some((state) => state !== 'T')) await nextTurn();
}

/** CPU time that the process has used so far, in ms, in steps of 10. */
export function cpuMs(pid: number): number {
  const fields = stat(pid);
  return (numberAt(fields, statFields.userTime) + numberAt(fields, statFields.systemTime)) * msPerTick;
}

/** Memory that is in RAM, in MiB. */
export function rssMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Processes that it started and that run. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => isChild(one, pid));
}

function isChild(pid: number, parent: number): boolean {
  try {
    return numberAt(stat(pid), statFields.parent) === parent;
  } catch {
    return false; // it has ended meanwhile
  }
}

/** Established TCP connections of these processes to a port, wherever that is. */
export function connectionsTo(port: number, pids: readonly number[]): number {
  const sockets = new Set(pids.flatMap(socketsOf));
  const lines = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1));
  return lines.filter((line) => {
    const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const isEstablished = state === '01';
    return isEstablished && Number.parseInt(remote.split(':')[1] ?? '', 16) === port && sockets.has(inode);
  }).length;
}

/** Inodes of its open sockets. */
function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
    } catch {
      return []; // it was closed meanwhile
    }
  });
}

/** @param task  a process, or `<pid>/task/<thread>`. */
function stat(task: number | string): readonly string[] {
  const text = readFileSync(`/proc/${task}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

const numberAt = (fields: readonly string[], at: number): number => Number(fields[at]);
