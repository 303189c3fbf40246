/** What the commands about plugins are given of the process they run in. */
import type { BundledPlugin } from '../../plugin-manager/select.ts';
import type { Env } from '../../schema/parse.ts';
import type { Terminal } from '../shell.ts';

export type Bundled = readonly Pick<BundledPlugin, 'driver' | 'command'>[];

export interface PluginCommandOptions {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Env;
  /** Plugins that may be named by their driver. */
  readonly bundled: Bundled;
  /** The folder of this package, with its sources and its build. */
  readonly packageDir: string;
}
