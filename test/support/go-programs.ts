/** The Go programs of test/interop, built for a test or a benchmark. */
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

/** Builds packages of test/interop/go. @throws Error with what the compiler says. */
export function buildGo(...packages: readonly string[]): GoPrograms {
  const folder = folderOfPrograms();
  const { leftOut } = go('go', 'build', '-buildvcs=false', '-o', `${folder}/`, ...packages);
  return { folder, leftOut };
}

export interface GoProgram {
  readonly path: string;
  readonly leftOut: string | false;
}

/** Builds the program of a folder of test/interop that is a module by itself. @throws as `buildGo`. */
export function buildGoModule(module: string): GoProgram {
  const path = join(folderOfPrograms(), 'program');
  return { path, leftOut: go(module, 'build', '-buildvcs=false', '-o', path, '.').leftOut };
}

/** Builds the tests of a package that a module of test/interop uses, as a program. @throws as `buildGo`. */
export function buildGoTests(module: string, of: string): GoProgram {
  const path = join(folderOfPrograms(), 'program.test');
  return { path, leftOut: go(module, 'test', '-c', '-o', path, of).leftOut };
}

/** Builds upstream's agent as its release has it, and keeps it in Go's cache. The first time, that takes some three minutes. */
export function buildUpstreamAgent(): GoProgram {
  const { stdout, leftOut } = go('go-agent', 'tool', '-n', 'nomad-autoscaler');
  return { path: stdout.trim(), leftOut };
}

function folderOfPrograms(): string {
  const folder = mkdtempSync(join(tmpdir(), 'interop-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What Go says when a module is neither here nor to be had; anything else that fails is an error of the programs. */
const refused = /^.*(?:https?:\/\/\S+: |dial tcp|module lookup disabled|no such host).*$/m;

/** Longest time for a build; one that was cut short goes on from there at the next run. */
const mostMs = 240_000;

function go(module: string, ...args: readonly string[]): { readonly stdout: string; readonly leftOut: string | false } {
  if (spawnSync('go', ['version']).status !== 0) return leftOut('there is no Go on this machine');
  const cwd = fileURLToPath(new URL(`../interop/${module}`, import.meta.url));
  const env = { ...process.env, GOFLAGS: '-mod=readonly' };
  const run = spawnSync('go', [...args], { cwd, encoding: 'utf8', env, timeout: mostMs });
  if (run.status === 0) return { stdout: run.stdout, leftOut: false };
  if (run.signal !== null) return leftOut(`go ${args[0]} was not done after ${mostMs / 1000} s`);
  const [reason] = refused.exec(run.stderr) ?? [];
  if (reason === undefined) throw new Error(`go ${args.join(' ')}: ${run.error?.message ?? run.stderr}`);
  return leftOut(`the Go modules cannot be had: ${reason}`);
}

function leftOut(why: string): { readonly stdout: ''; readonly leftOut: string } {
  const reason = `left out: ${why}, so nothing here was tried against Go`;
  console.error(`interop: ${reason}`);
  return { stdout: '', leftOut: reason };
}
