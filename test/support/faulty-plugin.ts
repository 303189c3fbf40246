/** Executables of a plugin directory that are good or have one fault. */
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./faulty-plugin-main.ts', import.meta.url));

/** What can be wrong with a plugin; `none` is a sound one. */
export type Fault =
  | 'none'
  | 'crash at start'
  | 'crash mid-call'
  | 'hang'
  | 'wrong type'
  | 'wrong cookie'
  | 'wrong version'
  | 'foreign certificate'
  | 'rubbish before'
  | 'rubbish after'
  | 'flood'
  | 'storm'
  | 'behind a shell';

/** Those that need no program behind them. */
const shells: Readonly<Partial<Record<Fault, string>>> = {
  'crash at start': `echo 'cannot read /etc/cloud.conf: permission denied' >&2\nexit 3\n`,
  'rubbish before': `echo 'Hello, I am a plugin'\nexec sleep 60\n`,
};

/** The text of an executable. @param name  what the plugin says it is called. */
export function faultyPlugin(name: string, fault: Fault): string {
  const shell = shells[fault];
  if (shell !== undefined) return `#!/bin/sh\n${shell}`;
  const own = `PLUGIN_NAME='${name}' FAULT='${fault}'`;
  const exec = fault === 'behind a shell' ? '' : 'exec ';
  return `#!/bin/sh\n${exec}env ${own} '${process.execPath}' --conditions=source '${main}' "$@"\n`;
}
