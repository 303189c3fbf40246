/** How fast HCL becomes a tree: the corpus beside the project, or our own fixtures where it is absent. One core, in memory. */
import { parseHcl } from '../../src/hcl/parse.ts';
import { Source } from '../../src/lib/source.ts';
import { corpus, ownFixtures } from '../support/hcl-oracles.ts';

const files = corpus() ?? ownFixtures();
const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);

function round(): void {
  for (const { path, text } of files) parseHcl(new Source(path, text));
}

const warmUntil = performance.now() + 1000;
while (performance.now() < warmUntil) round();

let best = Number.POSITIVE_INFINITY;
for (let sample = 0; sample < 15; sample++) {
  const start = performance.now();
  for (let times = 0; times < 10; times++) round();
  best = Math.min(best, (performance.now() - start) / 10);
}

const print = (name: string, value: number, unit: string) =>
  console.log(JSON.stringify({ name, value: Math.round(value * 10) / 10, unit }));
print('hcl_parse_mb_per_s', bytes / 1e6 / (best / 1000), 'MB/s');
print('hcl_parse_files_per_s', files.length / (best / 1000), 'files/s');
