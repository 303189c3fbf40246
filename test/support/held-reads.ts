/** Blocking reads over sockets, each on a connection of its own; no HTTP client, which would take more than the server. */
import { connect, type Socket } from 'node:net';

export interface HeldReads {
  /** Answers so far. */
  readonly answers: number;
  /** Sends a read and leaves it to wait. @param heard  called when it is answered. */
  hold(path: string, heard: () => void): Promise<void>;
  /** Sends a write on a connection kept for writes. */
  write(path: string, body: unknown): Promise<void>;
  close(): void;
}

export function heldReads(port: number): HeldReads {
  const sockets: Socket[] = [];
  let answers = 0;
  let writer: Socket | undefined;
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      sockets.push(socket.once('error', reject));
    });
  return {
    get answers() {
      return answers;
    },
    async hold(path, heard) {
      const socket = await open();
      socket.on('data', () => {
        answers++;
        heard();
      });
      await new Promise((resolve) => socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`, resolve));
    },
    async write(path, body) {
      writer ??= await open();
      const text = JSON.stringify(body);
      const head = `PUT ${path} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`;
      const answer = new Promise((resolve) => writer?.once('data', resolve));
      writer.write(head + text);
      await answer;
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
