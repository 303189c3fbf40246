// npm run bench: builds, then runs every file of test/bench; each prints a JSON line per figure.
//   npm run bench -- hcl engine     only those files
import { basename } from 'node:path';
import { build, fail, filesBelow, install, nodePath, run, say } from './prepare.mjs';

install();
build();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const files = filesBelow('test/bench', '.ts').filter(
  (file) => wanted.length === 0 || wanted.some((name) => basename(file, '.ts').startsWith(name)),
);
if (files.length === 0) fail(`no benchmark is called ${wanted.join(' or ')}`);
for (const file of files) {
  say(file);
  run(nodePath(), ['--conditions=source', '--expose-gc', file]);
}
