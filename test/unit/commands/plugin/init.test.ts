import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { emptyFolder, pluginCommand } from '../../../support/plugin-command.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** A package as it is after a build, with the templates of this one. */
function builtPackage(dir: string): string {
  const built = join(dir, 'package');
  mkdirSync(join(built, 'dist/src/sdk'), { recursive: true });
  writeFileSync(join(built, 'dist/src/sdk/index.d.ts'), '');
  for (const folder of ['apm', 'strategy', 'target', 'common']) copy(`src/commands/plugin/template/${folder}`, built);
  return built;
}

function copy(folder: string, to: string): void {
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) continue;
    mkdirSync(join(to, path, '..'), { recursive: true });
    writeFileSync(join(to, path), readFileSync(join(root, path)));
  }
}

for (const type of ['apm', 'strategy', 'target']) {
  test(`a project of type ${type} is whole, bears its name, and depends on the package that wrote it`, async (t) => {
    const dir = emptyFolder(t);
    const packageDir = builtPackage(dir);
    const { code, stdout, stderr } = await pluginCommand(dir, ['init', type, 'queue-length'], { packageDir });
    assert.deepEqual([code, stderr], [0, '']);
    const project = join(dir, 'queue-length');
    for (const file of ['.gitignore', 'README.md', 'agent.hcl', 'build.mjs', 'package.json', 'src/main.ts'])
      assert.ok(existsSync(join(project, file)), file);
    assert.ok(existsSync(join(project, 'policies/queue-length.hcl')));
    const { name, dependencies } = json(join(project, 'package.json'));
    assert.deepEqual([name, dependencies], ['queue-length', { 'nomad-autoscaler': `file:${packageDir}` }]);
    const texts = readdirSync(project, { recursive: true, encoding: 'utf8' })
      .map((path) => join(project, path))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'utf8'));
    assert.ok(!texts.some((text) => /my-plugin|NOMAD_AUTOSCALER\b/.test(text)), 'a placeholder is left');
    assert.match(stdout, /^queue-length, a plugin of type \w+, in queue-length:\n/);
    assert.match(stdout, /^ {2}cd queue-length\n {2}npm install$/m);
  });
}

test('nothing is overwritten, and an empty folder may be named', async (t) => {
  const dir = emptyFolder(t);
  const packageDir = builtPackage(dir);
  mkdirSync(join(dir, 'here'));
  assert.equal((await pluginCommand(dir, ['init', 'apm', 'mine', 'here'], { packageDir })).code, 0);
  const before = readFileSync(join(dir, 'here/package.json'), 'utf8');
  const again = await pluginCommand(dir, ['init', 'target', 'other', 'here'], { packageDir });
  assert.deepEqual([again.code, again.stderr], [1, 'Error: DIR/here is not empty: nothing is overwritten\n']);
  assert.equal(readFileSync(join(dir, 'here/package.json'), 'utf8'), before);
});

test('a name must do as a driver, a file and a package, and not be taken', async (t) => {
  const dir = emptyFolder(t);
  for (const name of ['Demo', 'a_b', '-x', '../x', 'a--b', '1a', 'x'.repeat(61), 'ä']) {
    const { code, stderr } = await pluginCommand(dir, ['init', 'apm', name]);
    assert.equal(code, 1);
    assert.match(stderr, /: a name is of small letters, digits and single dashes, and begins with a letter$/m, name);
  }
  const taken = await pluginCommand(dir, ['init', 'strategy', 'target-value']);
  assert.match(taken.stderr, /^Error: "target-value" is taken by a plugin that comes with the agent$/m);
  const type = await pluginCommand(dir, ['init', 'stategy', 'mine']);
  assert.match(type.stderr, /there are apm, strategy, target; did you mean "strategy"\?$/m);
  assert.match((await pluginCommand(dir, ['init', 'apm'])).stderr, /^Usage: /);
  assert.deepEqual(readdirSync(dir), []);
});

test('an installation without the SDK says what to do', async (t) => {
  const dir = emptyFolder(t);
  const { code, stderr } = await pluginCommand(dir, ['init', 'apm', 'mine'], { packageDir: join(dir, 'image') });
  assert.equal(code, 1);
  assert.match(stderr, /^Error: this installation has no SDK to build plugins with: use a clone of the repository/);
});

test('the project is built with the versions that we build with', () => {
  const template = json(join(root, 'src/commands/plugin/template/common/package.json'));
  const own = json(join(root, 'package.json'));
  for (const [name, version] of Object.entries(template.devDependencies)) {
    assert.equal(version, own.devDependencies[name], name);
  }
});
