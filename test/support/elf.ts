/** Beginnings of ELF files that no system runs. Source: elf(5). */

export interface ElfOptions {
  /** Number of the processor. */
  readonly machine: number;
  /** Path of the loader; without one there is none. */
  readonly interpreter?: string;
  readonly is64?: boolean;
  readonly isLittle?: boolean;
}

/** A header, a table of two segments, and the loader's path. */
export function elfFile({ machine, interpreter, is64 = true, isLittle = true }: ElfOptions): Buffer {
  const file = Buffer.alloc(512);
  const half = (at: number, value: number) =>
    isLittle ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at);
  const word = (at: number, value: number) =>
    isLittle ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  const size = (at: number, value: number) => {
    if (!is64) return word(at, value);
    return isLittle ? file.writeBigUInt64LE(BigInt(value), at) : file.writeBigUInt64BE(BigInt(value), at);
  };
  const [table, entry, path] = is64 ? [64, 56, 256] : [52, 32, 256];
  file.write('\x7fELF', 'latin1');
  file[4] = is64 ? 2 : 1;
  file[5] = isLittle ? 1 : 2;
  half(18, machine);
  size(is64 ? 32 : 28, table);
  half(is64 ? 54 : 42, entry);
  half(is64 ? 56 : 44, interpreter === undefined ? 1 : 2);
  word(table, 1); // a segment to load comes first
  if (interpreter === undefined) return file;
  word(table + entry, 3);
  size(table + entry + (is64 ? 8 : 4), path);
  size(table + entry + (is64 ? 32 : 16), interpreter.length + 1);
  file.write(`${interpreter}\0`, path);
  return file;
}
