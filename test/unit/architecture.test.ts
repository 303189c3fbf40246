/** The floor plan, held against the imports of the code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each folder of src/ may import beside itself and lib/. main.ts and builtin.ts may import anything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  schema: [],
  goplugin: [],
  nomad: [],
  hcl: ['schema'], // it offers the bodies that schema/document.ts describes
  model: ['schema'],
  wire: ['model', 'goplugin'],
  nodepool: ['nomad', 'schema'],
  'nomad-server': ['nomad', 'hcl', 'schema'], // of nomad/ the types only: it serves that JSON, it does not call it
  'openstack-server': [],
  policy: ['model', 'schema', 'hcl', 'nomad'],
  scaling: ['model'],
  http: ['model'],
  sdk: ['model', 'schema', 'wire', 'goplugin', 'nodepool', 'nomad'],
  'plugin-manager': ['model', 'schema', 'wire', 'goplugin'],
  simulate: ['model', 'schema', 'hcl', 'policy', 'scaling', 'nomad', 'nomad-server', 'plugin-manager'],
  agent: ['model', 'schema', 'hcl', 'policy', 'scaling', 'plugin-manager', 'http', 'nomad'],
  commands: [
    ...['model', 'schema', 'hcl', 'policy', 'scaling', 'plugin-manager', 'http', 'nomad', 'nomad-server'],
    ...['openstack-server', 'wire', 'goplugin', 'sdk', 'agent', 'simulate', 'nodepool'],
  ],
};

/** Who alone may import a package. */
const packageOwners: Readonly<Record<string, readonly string[]>> = {
  chokidar: ['src/policy/'],
  express: ['src/http/', 'src/nomad-server/api/'],
  'prom-client': ['src/lib/'],
  undici: ['src/nomad/transport.ts'],
  yaml: ['plugins/target/os-nova/openstack/clouds-file.ts'],
  '@grpc/grpc-js': ['src/goplugin/', 'src/wire/', 'src/plugin-manager/', 'src/sdk/'],
  '@bufbuild/protobuf': ['src/goplugin/generated/', 'src/wire/generated/'],
};

interface File {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly File[] = ['src', 'plugins'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(top, name);
      const text = readFileSync(join(root, path), 'utf8');
      const found = text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm);
      return { path, text, imports: [...found].map(([, fixed, lazy]) => fixed ?? lazy ?? '') };
    }),
);

const resolved = (file: File, specifier: string) => relative(root, join(root, dirname(file.path), specifier));

test('every folder imports only what the floor plan allows', () => {
  const wrong = files.flatMap((file) => {
    const [top, folder] = file.path.split('/');
    if (top !== 'src' || folder === undefined || folder.endsWith('.ts')) return [];
    const allowed = mayImport[folder];
    assert.ok(allowed, `src/${folder} is not on the floor plan`);
    return file.imports
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => resolved(file, specifier))
      .filter((path) => {
        const [, to = ''] = path.split('/');
        return !(path.startsWith('src/') && (to === folder || to === 'lib' || allowed.includes(to)));
      })
      .map((path) => `${file.path} imports ${path}`);
  });
  assert.deepEqual(wrong, []);
});

test('plugins import the SDK by its own name and nothing else of the project', () => {
  const wrong = files
    .filter((file) => file.path.startsWith('plugins/'))
    .flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('..') && resolved(file, specifier).startsWith('src/'))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test('no imports go in a circle, type imports included', () => {
  const graph = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => resolved(file, specifier)),
    ]),
  );
  const done = new Set<string>();
  const circle = (at: string, way: readonly string[]): readonly string[] | undefined => {
    const seen = way.indexOf(at);
    if (seen >= 0) return [...way.slice(seen), at];
    if (done.has(at)) return undefined;
    for (const next of graph.get(at) ?? []) {
      const found = circle(next, [...way, at]);
      if (found !== undefined) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const path of graph.keys()) assert.equal(circle(path, [])?.join(' -> '), undefined);
});

test('each package is met in one place only', () => {
  const wrong = files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const owners = Object.entries(packageOwners).find(
        ([name]) => specifier === name || specifier.startsWith(`${name}/`),
      )?.[1];
      return owners === undefined || owners.some((owner) => file.path.startsWith(owner))
        ? []
        : [`${file.path} imports ${specifier}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('only the clock touches Date and timers, and only entry points read process and chance', () => {
  // goplugin's two: what a program of its own has at hand, and the door through which it becomes a plugin.
  const entry =
    /^src\/(main|builtin)\.ts$|^src\/sdk\/serve\.ts$|^src\/goplugin\/(system|serve-door)\.ts$|^src\/commands\/|\/main\.ts$/;
  const wrong = files.flatMap(({ path, text }) => {
    if (path.includes('/generated/')) return [];
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
    const time = path !== 'src/lib/clock.ts' && /\bDate\.now\(|\bnew Date\(\)|\bset(Timeout|Interval)\(/.test(code);
    const outside =
      !entry.test(path) && /(?<![.\w])process\.(env|argv|exit|on|cwd|stdout|stderr|pid)\b|\bMath\.random\(/.test(code);
    return [...(time ? [`${path}: time`] : []), ...(outside ? [`${path}: process or chance`] : [])];
  });
  assert.deepEqual(wrong, []);
});

test('no file of the code is longer than 300 lines', () => {
  const long = files
    .filter((file) => !file.path.includes('/generated/') && file.text.split('\n').length > 301)
    .map((file) => `${file.path}: ${file.text.split('\n').length - 1} lines`);
  assert.deepEqual(long, []);
});
