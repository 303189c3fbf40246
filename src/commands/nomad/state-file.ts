/** The file in which the embedded Nomad keeps its state: packed lines of `snapshot.ts`, for its owner's eyes only. */
import type { Stats } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { AutoscalerError, inContext, nodeCode, usageError } from '../../lib/error.ts';
import type { SavedState } from '../../nomad-server/saved-state.ts';
import { encodeState, StateDecoder } from '../../nomad-server/snapshot.ts';

/** Characters that are packed and written between two turns of the event loop. */
const pieceLength = 256 * 1024;
/** Characters of one line. No record is nearly as long; a foreign file of one line is not read to its end. */
const mostLength = 128 * 1024 * 1024;

/** One file, for one process: what another one wrote there is not written over. */
export class StateFile {
  readonly path: string;
  /** What this process found or left in place last. */
  #known: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * @returns undefined when there is no such file.
   * @throws  `state_unreadable` (usage) for a file that holds something else, or is damaged.
   */
  async read(): Promise<SavedState | undefined> {
    try {
      await using file = await open(this.path);
      this.#known = looksOf(await file.stat());
      return await stateIn(file);
    } catch (error) {
      if (nodeCode(error) === 'ENOENT') return undefined;
      throw usageError(
        'state_unreadable',
        `cannot go on with the state in ${this.path}, which is left as it is`,
        reasonOf(error),
      );
    }
  }

  /**
   * Writes beside it and puts it in place when it is whole: whatever happens, there is an old state or a new one.
   *
   * @throws `state_taken` (usage) when another process keeps its state there.
   */
  async write(state: SavedState): Promise<void> {
    const next = `${this.path}.new`;
    try {
      await rm(next, { force: true }); // a crash may have left it
      const written = await writeWhole(next, state);
      const inPlace = await looksAt(this.path);
      if ((await looksAt(next)) !== written || (inPlace !== undefined && inPlace !== this.#known)) throw taken();
      await rename(next, this.path);
      this.#known = written;
    } catch (error) {
      await rm(next, { force: true }).catch(() => undefined); // on a full disk, the room is for others
      throw inContext(`cannot keep the state in ${this.path}`, error);
    }
  }
}

async function stateIn(file: FileHandle): Promise<SavedState> {
  const decoder = new StateDecoder();
  let line = '';
  const takeLines = async (pieces: AsyncIterable<string>) => {
    for await (const piece of pieces) {
      const [end = '', ...others] = piece.split('\n');
      line += end;
      for (const other of others) {
        decoder.take(line);
        line = other;
      }
      if (line.length > mostLength) throw foreign();
    }
  };
  const text = createGunzip();
  text.setEncoding('utf8');
  await pipeline(file.createReadStream(), text, takeLines);
  if (line !== '') decoder.take(line);
  return decoder.finish();
}

/** What unpacking says of a file of another kind is of no help to anybody. */
function reasonOf(error: unknown): unknown {
  if (error instanceof AutoscalerError || !nodeCode(error)?.startsWith('Z_')) return error;
  return nodeCode(error) === 'Z_BUF_ERROR'
    ? usageError('state_unreadable', 'it is damaged: its end is missing')
    : foreign();
}

/** @returns the looks of the file. */
async function writeWhole(path: string, state: SavedState): Promise<string> {
  await using file = await open(path, 'wx', 0o600);
  const packed = createGzip({ level: 1 });
  await pipeline(Readable.from(piecesOf(state)), packed, (bytes) => file.writeFile(bytes));
  await file.sync();
  return looksOf(await file.stat());
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

/** Tells one state in a place from another. Not by the number of the file: some shared folders give it anew. */
const looksOf = ({ size, mtimeMs }: Stats): string => `${size} ${mtimeMs}`;

/** @returns undefined when nothing is there. */
async function looksAt(path: string): Promise<string | undefined> {
  try {
    return looksOf(await stat(path));
  } catch (error) {
    if (nodeCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const foreign = () => usageError('state_unreadable', 'it holds no state of the embedded Nomad, or is damaged');
const taken = () =>
  usageError('state_taken', 'another process has written to it; stop one of the two, or give it a file of its own');
