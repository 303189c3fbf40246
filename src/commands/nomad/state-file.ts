/** The file in which the embedded Nomad keeps its state: packed lines of `snapshot.ts`, for its owner's eyes only. */
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { AutoscalerError, inContext, nodeCode, usageError } from '../../lib/error.ts';
import type { SavedState } from '../../nomad-server/saved-state.ts';
import { encodeState, StateDecoder } from '../../nomad-server/snapshot.ts';

/** Characters that are packed and written between two turns of the event loop. */
const pieceLength = 256 * 1024;

/**
 * @returns undefined when there is no such file.
 * @throws  `state_unreadable` (usage) for a file that holds something else, or is damaged.
 */
export async function readStateFile(path: string): Promise<SavedState | undefined> {
  const decoder = new StateDecoder();
  let rest = '';
  const takeLines = async (pieces: AsyncIterable<string>) => {
    for await (const piece of pieces) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) decoder.take(line);
    }
  };
  try {
    const text = createGunzip();
    text.setEncoding('utf8');
    await pipeline(createReadStream(path), text, takeLines);
    if (rest !== '') decoder.take(rest);
    return decoder.finish();
  } catch (error) {
    if (nodeCode(error) === 'ENOENT') return undefined;
    throw usageError(
      'state_unreadable',
      `cannot go on with the state in ${path}, which is left as it is`,
      reasonOf(error),
    );
  }
}

/** What unpacking says of a file of another kind is of no help to anybody. */
function reasonOf(error: unknown): unknown {
  if (error instanceof AutoscalerError || !nodeCode(error)?.startsWith('Z_')) return error;
  return nodeCode(error) === 'Z_BUF_ERROR'
    ? usageError('state_unreadable', 'it is damaged: its end is missing')
    : usageError('state_unreadable', 'it holds no state of the embedded Nomad, or is damaged');
}

/** Writes beside it and puts it in place when it is whole: whatever happens, there is an old state or a new one. */
export async function writeStateFile(path: string, state: SavedState): Promise<void> {
  const next = `${path}.new`;
  try {
    await rm(next, { force: true });
    const file = createWriteStream(next, { mode: 0o600, flags: 'wx', flush: true });
    await pipeline(Readable.from(piecesOf(state)), createGzip({ level: 1 }), file);
    await chmod(next, 0o600);
    await rename(next, path);
  } catch (error) {
    throw inContext(`cannot keep the state in ${path}`, error);
  }
}

function* piecesOf(state: SavedState): Generator<string> {
  let piece = '';
  for (const line of encodeState(state)) {
    piece += `${line}\n`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
