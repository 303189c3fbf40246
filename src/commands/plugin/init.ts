/** `nomad-autoscaler plugin init`: writes a plugin project from the templates beside this file. */
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { nodeCode, usageError } from '../../lib/error.ts';
import { nearest, orMeant } from '../../lib/nearest.ts';
import type { Bundled, PluginCommandOptions } from './options.ts';

export const initHelp = `Usage: nomad-autoscaler plugin init <apm|strategy|target> <name> [<dir>]

  Writes a plugin project: its code, tests, a build that makes one executable
  file, and a policy to try it with. The name is the plugin's driver and the name
  of its executable. The directory is <name> unless another is given; it must be
  empty or not there yet.

  The project depends on the nomad-autoscaler that writes it, by a link.
`;

const types = ['apm', 'strategy', 'target'];

/** What the templates call the plugin. */
const placeholder = 'my-plugin';

/** @returns the exit status. */
export async function runPluginInit(args: readonly string[], options: PluginCommandOptions): Promise<number> {
  const { terminal, cwd, bundled, packageDir } = options;
  const [type = '', name = '', dir = name, ...surplus] = args;
  if (surplus.length > 0 || name === '') {
    terminal.err(initHelp);
    return 1;
  }
  checkType(type);
  checkName(name, bundled);
  const templates = join(packageDir, 'src/commands/plugin/template');
  await checkInstallation(packageDir, templates);
  const target = resolve(cwd, dir);
  await checkEmpty(target);

  const files = [...(await read(join(templates, 'common'))), ...(await read(join(templates, type)))];
  const adapted = files.map((file) => adapt(file, name, packageDir));
  for (const { path, text } of adapted) {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
  terminal.out(welcome(type, name, relative(cwd, target) || '.', adapted));
  return 0;
}

function checkType(type: string): void {
  if (types.includes(type)) return;
  throw usageError(
    'invalid_flag',
    `${JSON.stringify(type)} is no type of a plugin; there are ${types.join(', ')}${orMeant(nearest(type, types))}`,
  );
}

/** It becomes a file, a package and a word in HCL. */
function checkName(name: string, bundled: Bundled): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw usageError(
      'invalid_flag',
      `${JSON.stringify(name)}: a name is of small letters, digits and single dashes, and begins with a letter`,
    );
  }
  if (name === 'nomad-autoscaler' || bundled.some(({ driver }) => driver === name)) {
    throw usageError('invalid_flag', `${JSON.stringify(name)} is taken by a plugin that comes with the agent`);
  }
}

/** An image of the program alone has neither templates nor the SDK. */
async function checkInstallation(packageDir: string, templates: string): Promise<void> {
  for (const path of [templates, join(packageDir, 'dist/src/sdk/index.d.ts')]) {
    await access(path).catch((cause: unknown) => {
      const how = 'use a clone of the repository, and `npm run build` in it';
      throw usageError('invalid_flag', `this installation has no SDK to build plugins with: ${how}`, cause);
    });
  }
}

async function checkEmpty(dir: string): Promise<void> {
  const found = await readdir(dir).catch((cause: unknown) => {
    if (nodeCode(cause) === 'ENOENT') return [];
    throw usageError('invalid_flag', `${dir} cannot be used`, cause);
  });
  if (found.length > 0) throw usageError('invalid_flag', `${dir} is not empty: nothing is overwritten`);
}

interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

async function read(folder: string): Promise<readonly ProjectFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => ({ path: relative(folder, path), text: await readFile(path, 'utf8') })),
  );
}

/** Gives the file its plugin's name. npm leaves a `.gitignore` out of packages, so the template's has no dot. */
function adapt({ path, text }: ProjectFile, name: string, packageDir: string): ProjectFile {
  return {
    path: path.replace(/^gitignore$/, '.gitignore').replaceAll(placeholder, name),
    text: text.replaceAll(placeholder, name).replaceAll('file:NOMAD_AUTOSCALER', `file:${packageDir}`),
  };
}

function welcome(type: string, name: string, dir: string, files: readonly ProjectFile[]): string {
  return [
    `${name}, a plugin of type ${type}, in ${dir}:`,
    ...files.map(({ path }) => `  ${path}`),
    '',
    'Next:',
    ...(dir === '.' ? [] : [`  cd ${dir}`]),
    '  npm install',
    '  npm test',
    '  npm run build',
    `  npx nomad-autoscaler plugin info dist/${name}`,
    '',
    'README.md goes on from there.',
  ].join('\n');
}
