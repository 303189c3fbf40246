/** Logs and files of allocations. Compat: spec nomad-api.md §8 (A8). */
import { goBool, goBoolProblem } from '../../lib/go-bool.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import { toMilliseconds, toTimestamp } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { OutputStream } from '../shell-script.ts';
import { filesOf, logPath, type TaskFiles } from '../task-files.ts';
import { watchKey } from '../watch.ts';
import type { Call } from './call.ts';
import { allocationOf, reached } from './client-lookup.ts';
import { type ApiResponse, jsonReply, textReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { pause } from './pause.ts';
import { byMethod, type Routes } from './router.ts';

const heartbeatMs = 1000;
/** What the host's folder is called in error texts. */
const root = '/var/lib/nomad/alloc';

export function clientFileRoutes(parts: ApiParts): Routes {
  const actions: Readonly<Record<string, (call: Call, id: string) => ApiResponse>> = {
    logs: (call, id) => logs(parts, call, id),
    ls: (call, id) => list(parts, call, id),
    stat: (call, id) => stat(parts, call, id),
    cat: (call, id) =>
      textReply(
        200,
        orProblem(() => readFile(parts, id, fileName(call))),
      ),
    readat: (call, id) =>
      textReply(
        200,
        orProblem(() => readAt(parts, call, id)),
      ),
    stream: (call, id) => stream(parts, call, id),
  };
  return {
    families: {
      '/v1/client/fs/': (call, rest) => {
        const [name = '', id = ''] = rest.split('/');
        const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
        if (action === undefined) return textReply(404, 'Invalid method');
        return byMethod(call, { read: () => action(call, id) });
      },
    },
  };
}

function logs(parts: ApiParts, call: Call, id: string): ApiResponse {
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
  const path = logOf(find(parts, id), task, type);
  const all = bytesOf(parts, id, path);
  const from = origin === 'start' ? offset : Math.max(all.length - offset, 0);
  const headers = { 'Content-Type': isPlain ? 'text/plain' : 'application/json' };
  if (isFollowed) return { status: 200, headers, body: follow(parts, call, { id, path, from, isPlain }) };
  const bytes = all.subarray(from);
  return { status: 200, headers, body: isPlain ? bytes.toString() : frame(bytes, path, all.length) };
}

function logOf(allocation: Allocation, task: string, type: OutputStream): string {
  if (allocation.TaskStates?.[task] === undefined) throw new Refusal(400, `unknown task name "${task}"`);
  const path = logPath(task, type);
  if (filesOf(allocation).has(path)) return path;
  throw new Refusal(404, `log entry for task "${task}" and log type "${type}" not found`);
}

interface Following {
  readonly id: string;
  readonly path: string;
  /** Bytes that are passed over. */
  readonly from: number;
  readonly isPlain: boolean;
}

/** Goes on until the allocation is over, with `{}` while nothing is written. */
async function* follow(parts: ApiParts, { signal }: Call, { id, path, from, isPlain }: Following) {
  const { reader, store } = parts;
  let at = from;
  while (!signal?.aborted) {
    const bytes = bytesOf(parts, id, path);
    if (bytes.length > at) {
      yield isPlain ? bytes.subarray(at).toString() : frame(bytes.subarray(at), path, bytes.length);
      at = bytes.length;
      continue;
    }
    const allocation = store.allocation(id);
    if (allocation === undefined || isClientTerminal(allocation)) return;
    const onWake = (wake: () => void) => store.watches.watch([watchKey.allocation(id)], wake);
    await pause({ timers: reader.timers, ms: heartbeatMs, signal, onWake });
    if (!isPlain && !signal?.aborted) yield '{}';
  }
}

/** @param end  the position behind the data. */
const frame = (bytes: Buffer, path: string, end: number): string =>
  bytes.length === 0 ? '' : JSON.stringify({ Data: bytes.toString('base64'), File: path, Offset: end });

function list(parts: ApiParts, call: Call, id: string): ApiResponse {
  const allocation = find(parts, id);
  const folder = folderName(call.query.get('path') ?? '');
  const files = filesOf(allocation);
  const paths = [...files.keys()];
  if (folder !== '' && !paths.includes(folder)) throw missing('open', id, folder.slice(0, -1), 404);
  const inside = paths.filter((path) => path !== folder && path.startsWith(folder));
  const rows = inside.filter((path) => !path.slice(folder.length, -1).includes('/'));
  return jsonReply(
    rows.sort().map((path) => fileInfo(allocation, files, path)),
    call.isPretty,
  );
}

function stat(parts: ApiParts, call: Call, id: string): ApiResponse {
  const name = fileName(call);
  const allocation = find(parts, id);
  const files = filesOf(allocation);
  const path = name === '' ? `${id}/` : files.has(name) ? name : `${name}/`;
  if (name !== '' && !files.has(path)) throw missing('stat', id, name, 404);
  const ContentType = path.endsWith('/') ? 'application/octet-stream' : 'text/plain; charset=utf-8';
  return jsonReply({ ...fileInfo(allocation, files, path), ContentType }, call.isPretty);
}

function fileInfo(allocation: Allocation, files: TaskFiles, path: string) {
  const IsDir = path.endsWith('/');
  return {
    ...{ Name: path.replace(/\/$/, '').replace(/^.*\//, ''), IsDir },
    Size: IsDir ? 4096 : Buffer.byteLength(files.get(path) ?? ''),
    FileMode: IsDir ? 'drwxrwxrwx' : '-rw-r--r--',
    ModTime: toTimestamp(toMilliseconds(allocation.CreateTime)),
  };
}

function readAt(parts: ApiParts, call: Call, id: string): string {
  const name = fileName(call);
  const offset = integerOf(call, 'offset');
  const limit = integerOf(call, 'limit');
  return Buffer.from(readFile(parts, id, name))
    .subarray(offset, offset + limit)
    .toString();
}

function stream(parts: ApiParts, call: Call, id: string): ApiResponse {
  const path = fileName(call);
  const from = integerOf(call, 'offset');
  readFile(parts, id, path);
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status: 200, headers, body: follow(parts, call, { id, path, from, isPlain: false }) };
}

/** Compat: what goes wrong while a file is read stands in the answer's body. */
function orProblem(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Missing) return error.message;
    throw error;
  }
}

class Missing extends Refusal {}

const missing = (what: string, id: string, path: string, status: number): Refusal =>
  new Missing(status, `${what} ${root}/${id}/${path}: no such file or directory`);

function readFile(parts: ApiParts, id: string, path: string): string {
  const text = filesOf(find(parts, id)).get(path);
  if (text === undefined) throw missing('stat', id, path, 404);
  return text;
}

const bytesOf = ({ store }: ApiParts, id: string, path: string): Buffer => {
  const allocation = store.allocation(id);
  return Buffer.from(allocation === undefined ? '' : (filesOf(allocation).get(path) ?? ''));
};

/** @throws  a refusal when there is none, or nobody to ask about it. */
function find({ store }: ApiParts, id: string): Allocation {
  const allocation = allocationOf(store, id);
  reached(store.node(allocation.NodeID));
  return allocation;
}

function fileName(call: Call): string {
  const path = call.query.get('path') ?? '';
  if (path === '') throw new Refusal(400, 'must provide a file name');
  return path.replace(/^\/+/, '');
}

/** '' is the allocation's own. */
function folderName(path: string): string {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `${trimmed}/`;
}

function flagOf(call: Call, name: string): boolean {
  const text = call.query.get(name) ?? '';
  if (text === '') return false;
  const value = goBool(text);
  if (value !== undefined) return value;
  throw new Refusal(400, `failed to parse ${name} field to boolean: ${goBoolProblem(text)}`);
}

function integerOf(call: Call, name: string): number {
  const text = call.query.get(name) ?? '';
  if (/^[+-]?\d+$/.test(text)) return Math.max(Number(text), 0);
  throw new Missing(400, `error parsing ${name}: strconv.ParseInt: parsing "${text}": invalid syntax`);
}
