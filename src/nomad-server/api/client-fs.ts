/** Files of allocations: `ls`, `stat`, `cat`, `readat`, `stream`, and logs. Compat: spec nomad-api.md §8 (A8). */
import type { FileRow } from '../allocation-files.ts';
import { toTimestamp } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { bounded, fileReader, followed, lookUp, Missing, missing, whole } from './client-files.ts';
import { integerOf, logs } from './client-logs.ts';
import { type ApiResponse, jsonReply, textReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const plain = { 'Content-Type': 'text/plain; charset=utf-8' };

export function clientFileRoutes(parts: ApiParts): Routes {
  const actions: Readonly<Record<string, (call: Call, id: string) => Promise<ApiResponse>>> = {
    logs: (call, id) => logs(parts, call, id),
    ls: (call, id) => list(parts, call, id),
    stat: (call, id) => stat(parts, call, id),
    cat: (call, id) => orProblem(() => cat(parts, call, id)),
    readat: (call, id) => orProblem(() => readAt(parts, call, id)),
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

async function list(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const files = parts.clients.filesOf(lookUp(parts, id));
  const folder = plainPath(call.query.get('path') ?? '');
  if (folder !== '' && !(await files.info(folder))?.isFolder) throw missing('open', id, folder);
  return jsonReply((await files.list(folder)).map(fileInfo), call.isPretty);
}

async function stat(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const path = fileName(call);
  const found = await parts.clients.filesOf(lookUp(parts, id)).info(path);
  if (found === undefined) throw missing('stat', id, path);
  const ContentType = found.isFolder ? 'application/octet-stream' : 'text/plain; charset=utf-8';
  const Name = path === '' ? id : found.name;
  return jsonReply({ ...fileInfo(found), Name, ContentType }, call.isPretty);
}

const fileInfo = (row: FileRow) => ({
  ...{ Name: row.name, IsDir: row.isFolder, Size: row.size, FileMode: row.mode },
  ModTime: toTimestamp(row.modifiedMs),
});

async function cat(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { files, path } = await fileOf(parts, call, id);
  return whole(fileReader(files, path, 0), plain, true);
}

async function readAt(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const offset = integerOf(call, 'offset');
  const limit = integerOf(call, 'limit');
  const { files, path } = await fileOf(parts, call, id);
  return whole(bounded(fileReader(files, path, offset), limit), plain, true);
}

async function stream(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const from = integerOf(call, 'offset');
  const { files, path } = await fileOf(parts, call, id);
  const read = fileReader(files, path, from);
  return { status: 200, headers: plain, body: followed(parts, call, { id, read, isPlain: false }) };
}

/** @throws a refusal unless it is there. */
async function fileOf(parts: ApiParts, call: Call, id: string) {
  const path = fileName(call);
  const files = parts.clients.filesOf(lookUp(parts, id));
  const found = await files.info(path);
  if (found === undefined || found.isFolder) throw missing('stat', id, path);
  return { files, path };
}

/** Compat: what goes wrong while a file is read stands in the answer's body. */
async function orProblem(read: () => Promise<ApiResponse>): Promise<ApiResponse> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Missing) return textReply(200, error.message);
    throw error;
  }
}

function fileName(call: Call): string {
  const path = call.query.get('path') ?? '';
  if (path === '') throw new Refusal(400, 'must provide a file name');
  return plainPath(path);
}

/** '' is the allocation's own folder. */
const plainPath = (path: string): string => path.replace(/^\/+|\/+$/g, '');
