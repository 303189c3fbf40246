// Makes one executable file of the plugin and all that it needs. It runs wherever there is a Node.
import { chmodSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const file = 'dist/my-plugin';

await build({
  entryPoints: ['src/main.ts'],
  outfile: file,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  banner: { js: '#!/usr/bin/env node' },
});
chmodSync(file, 0o755);
// The project is of modules; its executable is not.
writeFileSync('dist/package.json', '{"type":"commonjs"}\n');
console.log(`built ${file}`);
