/** The line about the web UI that most commands end with, on stderr. */
import { goBool } from '../../../lib/go-bool.ts';
import type { AnyCall } from '../cli/command.ts';

/** @param path  behind `/ui/`. */
export function hint(call: AnyCall, what: string, path: string): void {
  if (goBool(call.env['NOMAD_CLI_SHOW_HINTS'] ?? 'true') === false) return;
  call.err(`\n\n==> View ${what} in the Web UI: ${call.address}/ui/${path}`);
}
