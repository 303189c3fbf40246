/** What tasks wrote, from all files of a log. Compat: spec nomad-api.md §8 (A8). */
import { goBool, goBoolProblem } from '../../lib/go-bool.ts';
import { type AllocationFiles, logBase } from '../allocation-files.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { bounded, fileReader, followed, lookUp, Missing, type Reader, whole } from './client-files.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';

export async function logs(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { query } = call;
  if (id === '') throw new Refusal(400, 'must provide a valid alloc id');
  const task = query.get('task') ?? '';
  if (task === '') throw new Refusal(400, 'must provide task name');
  const type = query.get('type');
  if (type !== 'stdout' && type !== 'stderr') throw new Refusal(400, 'must provide log type (stdout/stderr)');
  const isFollowed = flagOf(call, 'follow');
  const isPlain = flagOf(call, 'plain');
  const offset = query.has('offset') ? integerOf(call, 'offset') : 0;
  const origin = query.get('origin') || 'start';
  if (origin !== 'start' && origin !== 'end') throw new Refusal(400, 'origin must be start or end');
  const allocation = lookUp(parts, id);
  if (allocation.TaskStates?.[task] === undefined) throw new Refusal(400, `unknown task name "${task}"`);
  const files = parts.clients.filesOf(allocation);
  const base = logBase(task, type);
  const found = await numbersOf(files, base);
  if (found.length === 0) {
    throw new Refusal(404, `log entry for task "${task}" and log type "${type}" not found`);
  }
  const total = found.reduce((sum, { size }) => sum + size, 0);
  const skip = origin === 'start' ? offset : Math.max(total - offset, 0);
  const read = logReader(files, base, found, skip);
  const headers = { 'Content-Type': isPlain ? 'text/plain' : 'application/json' };
  if (isFollowed) return { status: 200, headers, body: followed(parts, call, { id, read, isPlain }) };
  return whole(bounded(read, total - skip), headers, isPlain); // what is written meanwhile has no end
}

interface LogFile {
  readonly number: number;
  readonly size: number;
}

/** The files that there are, the oldest first. */
async function numbersOf(files: AllocationFiles, base: string): Promise<readonly LogFile[]> {
  const [, folder = '', name = ''] = /^(.*)\/([^/]+)$/.exec(base) ?? [];
  const all = (await files.list(folder)).flatMap((file) => {
    const number = file.name.startsWith(`${name}.`) ? Number(file.name.slice(name.length + 1)) : Number.NaN;
    return Number.isInteger(number) ? [{ number, size: file.size }] : [];
  });
  return all.sort((a, b) => a.number - b.number);
}

/** Reads from file to file, also those that begin later. @param skip  bytes that are passed over. */
function logReader(files: AllocationFiles, base: string, known: readonly LogFile[], skip: number): Reader {
  let from = skip;
  let at = known[0]?.number ?? 0;
  for (const { number, size } of known) {
    at = number;
    if (from < size) break;
    if (number !== known.at(-1)?.number) from -= size;
  }
  let read = fileReader(files, `${base}.${at}`, from);
  return async () => {
    for (;;) {
      const piece = await read();
      if (piece !== undefined) return piece;
      const next = (await numbersOf(files, base)).find(({ number }) => number > at);
      if (next === undefined) return undefined;
      // Something may have been written between the two looks.
      const late = await read();
      if (late !== undefined) return late;
      at = next.number;
      read = fileReader(files, `${base}.${at}`, 0);
    }
  };
}

function flagOf(call: Call, name: string): boolean {
  const text = call.query.get(name) ?? '';
  if (text === '') return false;
  const value = goBool(text);
  if (value !== undefined) return value;
  throw new Refusal(400, `failed to parse ${name} field to boolean: ${goBoolProblem(text)}`);
}

export function integerOf(call: Call, name: string): number {
  const text = call.query.get(name) ?? '';
  if (/^[+-]?\d+$/.test(text)) return Math.max(Number(text), 0);
  throw new Missing(400, `error parsing ${name}: strconv.ParseInt: parsing "${text}": invalid syntax`);
}
