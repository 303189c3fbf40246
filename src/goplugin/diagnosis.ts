/** What a host tells about a plugin that did not shake hands. Source: spec go-plugin.md §6.3. */
import { readFile, stat } from 'node:fs/promises';
import { elfMachine, goArch } from './elf.ts';
import { readHead } from './executable.ts';
import { notice } from './notice.ts';

/** Whose process this is. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** As Node names it: `x64`. */
  readonly arch: string;
}

const usually = `This usually means
  the plugin was not compiled for this architecture,
  the plugin is missing dynamic-link libraries necessary to run,
  the plugin is not executable by this process due to file permissions, or
  the plugin failed to negotiate the initial go-plugin protocol handshake`;

/**
 * @param line       the first line, or undefined when stdout ended without one.
 * @param notes      about the file, from `diagnose`.
 * @param lastLines  of stderr: the reason of a wrong cookie is only there.
 */
export function unrecognized(line: string | undefined, notes: readonly string[], lastLines: readonly string[]): string {
  const parts = [`Unrecognized remote plugin message: ${line?.trim().slice(0, 500) ?? ''}`];
  if (line === undefined) parts.push("Failed to read any lines from plugin's stdout");
  parts.push(usually);
  if (notes.length > 0) parts.push('', 'Additional notes about plugin:', ...notes.map((note) => `  ${note}`));
  const said = lastLines.filter((text) => text !== '');
  if (said.length > 0) parts.push('', 'Last lines of its stderr:', ...said.map((text) => `  ${text.slice(0, 500)}`));
  return parts.join('\n');
}

/** What is wrong with a plugin that did not shake hands, for people; goes on where its path ends. @param end  of its process. */
export function unrecognizedHint(line: string | undefined, end: string, lastLines: readonly string[]): string {
  if (line !== undefined) {
    const shown = JSON.stringify(line.trim().slice(0, 200));
    return `printed ${shown} where its handshake belongs: it is no plugin, or prints to stdout before it serves`;
  }
  const said = lastLines.map((text) => text.trim()).filter((text) => text !== '');
  if (said.some((text) => notice.startsWith(text))) {
    return `is a plugin of another program: it ended (${end}) because it does not know this host's magic cookie`;
  }
  const words = said.length === 0 ? 'said nothing' : `said: ${said.join(' / ').slice(0, 500)}`;
  return `ended (${end}) before its handshake and ${words}`;
}

/** @returns a line per fact about the file: path, mode, owner, group, architecture. Empty when it cannot be looked at. */
export async function diagnose(path: string, current: Identity | undefined): Promise<readonly string[]> {
  try {
    const file = await stat(path);
    const notes = [`Path: ${path}`, `Mode: ${modeText(file.mode)}`];
    if (current !== undefined) {
      const users = await names('/etc/passwd');
      const groups = await names('/etc/group');
      const both = (id: number, own: number, known: Names) => `${id} [${known(id)}] (current: ${own} [${known(own)}])`;
      notes.push(`Owner: ${both(file.uid, current.uid, users)}`, `Group: ${both(file.gid, current.gid, groups)}`);
    }
    const head = await readHead(path, 20);
    const machine = head === undefined ? undefined : elfMachine(head);
    if (machine !== undefined) {
      notes.push(`ELF architecture: ${machine} (current architecture: ${goArch(current?.arch ?? '?')})`);
    }
    return notes;
  } catch {
    return []; // the notes are a courtesy; the error they belong to is told anyway
  }
}

function modeText(mode: number): string {
  const letters = 'rwxrwxrwx';
  const bits = [...letters].map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  return `${(mode & 0o170000) === 0o040000 ? 'd' : '-'}${bits.join('')}`;
}

type Names = (id: number) => string;

/** Name by number, of a file with lines like `name:x:number:…`. */
async function names(file: string): Promise<Names> {
  const known = new Map<number, string>();
  const text = await readFile(file, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (id !== '') known.set(Number(id), name);
  }
  return (id) => known.get(id) ?? '?';
}
