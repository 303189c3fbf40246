/** The programs of test/interop/go, built for a test or a benchmark. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface GoPrograms {
  /** Where the programs are; a program has the name of its package. Gone when this process ends. */
  readonly folder: string;
  /** False when they are there, else why nothing can be tried. */
  readonly leftOut: string | false;
}

/** What Go says when a module is neither here nor to be had; anything else that fails is an error of the programs. */
const refused = /^.*(?:https?:\/\/\S+: |dial tcp|module lookup disabled|no such host).*$/m;

/**
 * Builds packages of test/interop/go.
 *
 * @param packages  as `go build` takes them.
 * @throws          Error with what the compiler says.
 */
export function buildGo(...packages: readonly string[]): GoPrograms {
  const folder = mkdtempSync(join(tmpdir(), 'interop-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  if (spawnSync('go', ['version']).status !== 0) return leftOut(folder, 'there is no Go on this machine');
  const cwd = fileURLToPath(new URL('../interop/go', import.meta.url));
  const args = ['build', '-buildvcs=false', '-o', `${folder}/`, ...packages];
  const built = spawnSync('go', args, { cwd, encoding: 'utf8', env: { ...process.env, GOFLAGS: '-mod=readonly' } });
  if (built.status === 0) return { folder, leftOut: false };
  const [reason] = refused.exec(built.stderr) ?? [];
  if (reason === undefined) throw new Error(`go ${args.join(' ')}: ${built.error?.message ?? built.stderr}`);
  return leftOut(folder, `the Go modules cannot be had: ${reason}`);
}

function leftOut(folder: string, why: string): GoPrograms {
  const reason = `left out: ${why}, so nothing here was tried against Go`;
  console.error(`interop: ${reason}`);
  return { folder, leftOut: reason };
}
