/** The doors of the SDK: whoever comes in by one finds each name explained. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../../src/sdk/', import.meta.url);
const doors = ['index.ts', 'nomad.ts', 'nodepool.ts', 'serve.ts', 'testing.ts'];

/** Every name that a door passes on, with the text of the file that defines it. */
function exportsOf(door: string): readonly { readonly name: string; readonly source: string }[] {
  const text = readFileSync(new URL(door, folder), 'utf8');
  const passedOn = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)].flatMap(
    ([, names = '', from = '']) => {
      const source = readFileSync(new URL(from, folder), 'utf8');
      return names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => ({ name, source }));
    },
  );
  const own = [...text.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)];
  return [...passedOn, ...own.map(([, name = '']) => ({ name, source: text }))];
}

for (const door of doors) {
  test(`every name of sdk/${door} has a docstring`, () => {
    const names = exportsOf(door);
    assert.ok(names.length > 0);
    const bare = names
      .filter(({ name, source }) => {
        const documented = new RegExp(`\\*/\\nexport (?:async )?(?:function|const|class|interface|type) ${name}\\b`);
        return !documented.test(source);
      })
      .map(({ name }) => name);
    assert.deepEqual(bare, []);
  });
}
