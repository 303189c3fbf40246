/** `nomad-autoscaler version`, and how a version is put together. Source: spec agent.md §2. */
import type { Command, Terminal } from './shell.ts';

/** What the build knows of itself; an empty text is unknown. */
export interface Build {
  readonly commit: string;
  /** `git describe`. */
  readonly describe: string;
  readonly version: string;
  readonly prerelease: string;
  readonly metadata: string;
}

/** `v0.1.3-dev (440bca3)` */
export function humanVersion({ commit, describe, version, prerelease, metadata }: Build): string {
  let text = describe;
  if (text === '') {
    const stage = prerelease === '' ? 'dev' : prerelease;
    text = version.endsWith(`-${stage}`) ? version : `${version}-${stage}`;
    if (metadata !== '') text += `+${metadata}`;
  }
  if (commit !== '') text += ` (${commit})`;
  return (text.startsWith('v') ? text : `v${text}`).replaceAll("'", '');
}

/** The line that `version` and the version flags print. */
export const versionLine = (version: string): string => `Nomad Autoscaler ${version}`;

/** @param version  of `humanVersion`. */
export function versionCommand(version: string, terminal: Terminal): Command {
  return {
    synopsis: 'Prints the Nomad Autoscaler version',
    help: async () => '',
    async run() {
      terminal.out(versionLine(version));
      return 0;
    },
  };
}
