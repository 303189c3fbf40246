/** The few lines of shell that job files of walkthroughs have: what they echo and how they end. Pure. */
import type { Task } from '../nomad/types.ts';
import type { OutputStream } from './allocation-files.ts';
import { endBySignal } from './signals.ts';
import type { TaskEnd } from './task-events.ts';

/** The script of a task that is a shell with `-c`; undefined for any other. */
export function shellScriptOf(task: Task): string | undefined {
  const { command, args } = (task.Config ?? {}) as Readonly<Record<string, unknown>>; // whatever the job file had
  const isShell = typeof command === 'string' && /(^|\/)(ba|da)?sh$/.test(command);
  if (!isShell || !Array.isArray(args) || args[0] !== '-c' || typeof args[1] !== 'string') return undefined;
  return args[1];
}

/** What it echoes before it goes into a loop that this file does not follow, or becomes another program. */
export function echoes(script: string, stream: OutputStream): string {
  let text = '';
  for (const words of statements(script)) {
    if (isUnknown(words)) break;
    const [, said, redirect] = echo.exec(words) ?? [];
    if (said === undefined || (redirect === undefined) !== (stream === 'stdout')) continue;
    text += `${said.replace(/^(["'])(.*)\1$/, '$2')}\n`;
  }
  return text;
}

/** @returns its exit code; undefined when it does more than echo and exit, and so may run on. */
export function exitCodeOf(script: string): number | undefined {
  for (const words of statements(script)) {
    const [, code] = /^exit(?:\s+(\d+))?$/.exec(words) ?? [];
    if (/^exit\b/.test(words)) return Number(code ?? 0);
    if (words !== '' && !echo.test(words)) return undefined;
  }
  return 0;
}

/** Signals that a program which does not care about them lives through. */
const harmless: ReadonlySet<string> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGSTOP', 'SIGTSTP']);

/** @returns how a program of the host ends by this signal; undefined when it lives through it, as a shell does that traps it. */
export function endOnSignal(task: Task, signal: NodeJS.Signals): TaskEnd | undefined {
  if (harmless.has(signal)) return undefined;
  const script = signal === 'SIGKILL' ? undefined : shellScriptOf(task);
  const handler = script === undefined ? undefined : handlerOf(script, signal.slice('SIG'.length));
  if (handler === undefined) return endBySignal(signal);
  const [, code] = /\bexit(?:\s+(\d+))?/.exec(handler) ?? [];
  return /\bexit\b/.test(handler) ? { code: Number(code ?? 0), signal: 0 } : undefined;
}

/** `trap '' USR1 INT`: what is done instead of ending. */
function handlerOf(script: string, signal: string): string | undefined {
  for (const [, quoted = '', names = ''] of script.matchAll(/\btrap\s+("[^"]*"|'[^']*'|\S+)\s+([\w ]+)/g)) {
    if (names.split(/\s+/).some((name) => name.replace(/^SIG/, '') === signal))
      return quoted.replace(/^(["'])(.*)\1$/, '$2');
  }
  return undefined;
}

/** `while true; do sleep 1; done` */
const sleepLoop = /\b(?:while|until)\b[^;]*;\s*do\b.*\bsleep\s+(\d+(?:\.\d+)?)\b/s;

/** @param ranMs  since its start. @returns how long a shell that sleeps in a loop does not look at signals. */
export function deafForMs(task: Task, ranMs: number): number {
  const [, seconds = '0'] = sleepLoop.exec(shellScriptOf(task) ?? '') ?? [];
  const periodMs = Number(seconds) * 1000;
  return periodMs === 0 ? 0 : periodMs - (ranMs % periodMs);
}

const echo = /^echo\s+(.*?)\s*(>&2|1>&2)?$/;
const isUnknown = (words: string): boolean => /^(while|until|for|if|exec)\b/.test(words);
/** `for i in 1 2 3; do echo $i; done`, with nothing but words to go through. */
const forLoop = /\bfor (\w+) in ([^;$`]+); *do (.*?); *done/g;

function statements(script: string): readonly string[] {
  const flat = script.replace(forLoop, (_, name: string, words: string, body: string) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => body.replaceAll(`$${name}`, word))
      .join('; '),
  );
  return flat.split(/;|&&|\n/).map((words) => words.trim());
}
