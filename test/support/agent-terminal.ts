/** A terminal that keeps what was written to it. */
import type { Terminal } from '../../src/commands/shell.ts';

export function keptTerminal(): { readonly terminal: Terminal; stdout(): string; stderr(): string } {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
  };
  return { terminal, stdout: () => out, stderr: () => err };
}
