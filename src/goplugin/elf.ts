/** What the first bytes of an ELF file tell: the processor that it is for, and the loader that it needs. Pure. Source: elf(5). */

const machines: Readonly<Record<number, { readonly name: string; readonly arch: string }>> = {
  3: { name: 'EM_386', arch: '386' },
  8: { name: 'EM_MIPS', arch: 'mips' },
  20: { name: 'EM_PPC', arch: 'ppc' },
  21: { name: 'EM_PPC64', arch: 'ppc64' },
  22: { name: 'EM_S390', arch: 's390x' },
  40: { name: 'EM_ARM', arch: 'arm' },
  62: { name: 'EM_X86_64', arch: 'amd64' },
  183: { name: 'EM_AARCH64', arch: 'arm64' },
  243: { name: 'EM_RISCV', arch: 'riscv64' },
  258: { name: 'EM_LOONGARCH', arch: 'loong64' },
};

const goArchs: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** Node's name of a processor as Go has it: `x64` is `amd64`. */
export const goArch = (arch: string): string => goArchs[arch] ?? arch;

/** What a processor runs beside its own. */
const alsoRuns: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

interface Layout {
  readonly isLittle: boolean;
  readonly is64: boolean;
}

function layoutOf(head: Buffer): Layout | undefined {
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  return { is64: head[4] === 2, isLittle: head[5] !== 2 };
}

/** @returns as the field is called, `EM_X86_64`, or its number; undefined for what is no ELF file. */
export function elfMachine(head: Buffer): string | undefined {
  const number = machineNumber(head);
  return number === undefined ? undefined : (machines[number]?.name ?? String(number));
}

function machineNumber(head: Buffer): number | undefined {
  const layout = layoutOf(head);
  if (layout === undefined) return undefined;
  return layout.isLittle ? head.readUInt16LE(18) : head.readUInt16BE(18);
}

/**
 * @param arch  of this machine, as Node names it.
 * @returns     the processor that the file is for, in Go's words, when that is surely not this one.
 */
export function foreignArch(head: Buffer, arch: string): string | undefined {
  const own = goArch(arch);
  const wanted = machines[machineNumber(head) ?? -1]?.arch;
  if (wanted === undefined || wanted === alsoRuns[own] || own.startsWith(wanted)) return undefined;
  return wanted;
}

/** What must be there for the system to run the file: of a script its interpreter, of an ELF file its loader. */
export function interpreterOf(head: Buffer): string | undefined {
  if (head.toString('latin1', 0, 2) === '#!') return /^#![ \t]*([^\s]+)/.exec(head.toString('utf8'))?.[1];
  const layout = layoutOf(head);
  return layout === undefined ? undefined : elfLoader(head, layout);
}

const loaderSegment = 3;

function elfLoader(head: Buffer, { is64, isLittle }: Layout): string | undefined {
  const half = (at: number) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const word = (at: number) => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at));
  const size = (at: number) =>
    is64 ? Number(isLittle ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at)) : word(at);
  try {
    const [table, entrySize, entries] = is64 ? [size(32), half(54), half(56)] : [size(28), half(42), half(44)];
    for (let at = table; at < table + entrySize * entries; at += entrySize) {
      if (word(at) !== loaderSegment) continue;
      const [from, length] = is64 ? [size(at + 8), size(at + 32)] : [size(at + 4), size(at + 16)];
      return head.toString('utf8', from, from + length).replace(/\0.*$/s, '') || undefined;
    }
  } catch {
    // the table lies beyond the bytes that were read
  }
  return undefined;
}
