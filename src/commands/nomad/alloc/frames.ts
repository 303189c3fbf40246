/** Frames of a log that goes on, as they come in pieces. Compat: spec nomad-api.md §8 (A8): JSON objects, nothing in between. */

interface Frame {
  /** Base64. */
  readonly Data?: string;
}

/** @returns takes pieces of the answer and hands on what the log says. Frames without data are signs of life. */
export function frameReader(write: (text: string) => void): (piece: Uint8Array) => void {
  const answer = new TextDecoder();
  const log = new TextDecoder(); // a character may be parted between two frames
  let rest = '';
  return (piece) => {
    const frames = (rest + answer.decode(piece, { stream: true })).split('}');
    rest = frames.pop() ?? '';
    let open = '';
    for (const frame of frames) {
      const parsed = parse(`${open}${frame}}`);
      // A path may hold a brace, too.
      open = parsed === undefined ? `${open}${frame}}` : '';
      if (parsed?.Data !== undefined) write(log.decode(Buffer.from(parsed.Data, 'base64'), { stream: true }));
    }
    rest = open + rest;
  };
}

function parse(text: string): Frame | undefined {
  try {
    return JSON.parse(text) as Frame; // of a server that keeps to the format
  } catch {
    return undefined;
  }
}
