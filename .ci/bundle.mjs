// Bundles the program into dist/bin, and each plugin into one self-contained executable in dist/bin/plugins.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './prepare.mjs';

const final = join(root, 'dist/bin');
// Built beside it and put in place when whole: a test or a program may be running what is there.
const out = `${final}.${process.pid}`;
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'plugins'), { recursive: true });

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  conditions: ['source'],
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  legalComments: 'none',
};

// Bundled CommonJS packages call require; an ES module has none of its own.
const require = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

// A package of CommonJS that is imported on first use shows nothing but its default in a bundle. This module in
// between shows its names as Node would.
const require_ = createRequire(import.meta.url);
const lazyPackages = {
  name: 'lazy packages',
  setup(building) {
    building.onResolve({ filter: /^[@a-z]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'inner' || path.startsWith('node:')) return undefined;
      const { path: file } = await building.resolve(path, {
        kind: 'import-statement',
        resolveDir,
        pluginData: 'inner',
      });
      const isCommonJs = file.endsWith('.cjs') || /\brequire\(|\bexports\b/.test(readFileSync(file, 'utf8'));
      return isCommonJs && !file.endsWith('.mjs') ? { path: file, namespace: 'lazy' } : undefined;
    });
    building.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const names = Object.keys(require_(path)).filter((name) => name !== 'default');
      const from = JSON.stringify(path);
      const contents = `import * as all from ${from};export default all.default;export const {${names.join(',')}}=all;`;
      return { contents, resolveDir: root };
    });
  },
};

await build({
  ...common,
  plugins: [lazyPackages],
  entryPoints: { 'nomad-autoscaler': 'src/main.ts' },
  outdir: out,
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: `#!/usr/bin/env node\n${require}` },
});
chmodSync(join(out, 'nomad-autoscaler.js'), 0o755);

// What people type: it runs on the Node among this package's own packages, whatever Node the system has.
const launcher = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
node=$here/../../node_modules/.bin/node
[ -x "$node" ] || node=node
exec "$node" "$here/nomad-autoscaler.js" "$@"
`;
writeFileSync(join(out, 'nomad-autoscaler'), launcher, { mode: 0o755 });

// A plugin executable may be copied anywhere: one file, CommonJS, named like its driver.
const driverOf = { 'apm/nomad': 'nomad-apm', 'target/nomad': 'nomad-target' };
const plugins = {};
for (const type of readdirSync(join(root, 'plugins'))) {
  for (const name of readdirSync(join(root, 'plugins', type))) {
    const main = `plugins/${type}/${name}/main.ts`;
    if (existsSync(join(root, main))) plugins[driverOf[`${type}/${name}`] ?? name] = main;
  }
}
if (Object.keys(plugins).length > 0) {
  await build({
    ...common,
    entryPoints: plugins,
    outdir: join(out, 'plugins'),
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    banner: { js: '#!/usr/bin/env node' },
  });
}
for (const name of Object.keys(plugins)) {
  const file = join(out, 'plugins', name);
  renameSync(`${file}.cjs`, file);
  chmodSync(file, 0o755);
}
writeFileSync(join(out, 'plugins', 'package.json'), '{"type":"commonjs"}\n');
rmSync(final, { recursive: true, force: true });
renameSync(out, final);
