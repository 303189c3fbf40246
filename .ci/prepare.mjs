// What must be there before anything runs: the packages and the build. Written for Node 20 and newer.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);

/** Says what is being done; progress goes to stderr so that stdout stays the program's own. */
export const say = (text) => process.stderr.write(`==> ${text}\n`);

/** The Node that everything runs on: the one among the packages, else the system's when it is new enough. */
export function nodePath() {
  const packaged = at('node_modules/.bin/node');
  if (existsSync(packaged)) return packaged;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 22)) return process.execPath;
  fail(
    `Node ${process.versions.node} is too old and this platform gets none with the packages: install Node 22.22 or newer`,
  );
}

export function fail(text) {
  process.stderr.write(`error: ${text}\n`);
  process.exit(1);
}

/** Runs a command with the project's own tools first on PATH; ends the process when it fails. */
export function run(command, args, options = {}) {
  const env = { ...process.env, PATH: `${at('node_modules/.bin')}:${process.env.PATH}`, ...options.env };
  const done = spawnSync(command, args, { cwd: root, stdio: options.stdio ?? 'inherit', ...options, env });
  if (done.error) fail(`cannot run ${command}: ${done.error.message}`);
  if (done.status !== 0 && !options.mayFail)
    fail(`${command} ${args.slice(0, 3).join(' ')} ended with ${done.status ?? done.signal}`);
  return done;
}

/** Installs the packages of the lock file unless just these are in place. */
export function install() {
  const lock = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  const stamp = at('node_modules/.installed-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  // npm empties what a link leads to.
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(at('node_modules'));
  say('installing packages (npm ci; the first time this takes about a minute)');
  const started = Date.now();
  // Engine warnings are about the system's Node; everything here runs on the packaged one.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'], { stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, lock);
  say(`packages installed in ${seconds(started)}`);
}

/** Compiles and bundles unless the build is newer than every source. */
export function build() {
  const stamp = at('dist/.built');
  const sources = ['src', 'plugins', '.ci/bundle.mjs', 'package.json', 'tsconfig.json', 'package-lock.json'];
  if (existsSync(stamp) && newest(sources.map((name) => at(name))) < statSync(stamp).mtimeMs) return;
  say('building (tsc, esbuild)');
  const started = Date.now();
  run('tsc', []);
  run(nodePath(), ['.ci/bundle.mjs']);
  writeFileSync(stamp, '');
  say(`built in ${seconds(started)}`);
}

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    latest = Math.max(
      latest,
      stat.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : stat.mtimeMs,
    );
  }
  return latest;
}

/** Every file below a folder of the repository whose name ends so, sorted, as paths from the root. */
export function filesBelow(folder, suffix) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { recursive: true })
    .filter((name) => name.endsWith(suffix) && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .sort();
}
