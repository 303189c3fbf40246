// Makes one executable file of the plugin and all that it needs. It runs wherever there is a Node.
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

const file = 'dist/my-plugin';

// A file without an ending is CommonJS, unless a package.json above it says otherwise: then there is no `require` yet.
const anywhere = "globalThis.require ??= process.getBuiltinModule('node:module').createRequire(process.argv[1]);";

await build({
  entryPoints: ['src/main.ts'],
  outfile: file,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  banner: { js: `#!/usr/bin/env node\n${anywhere}` },
});
chmodSync(file, 0o755);
console.log(`built ${file}`);
