/** The help of `simulate` and docs/simulate.md against the options that there are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { simulateFlagNames, simulateHelp } from '../../../src/commands/simulate-flags.ts';

const page = readFileSync(new URL('../../../docs/simulate.md', import.meta.url), 'utf8');
const optionsIn = (text: string) => [...text.matchAll(/(?:^|[\s`])-([a-z][a-z-]+)/gm)].map(([, name = '']) => name);
const known = new Set([...simulateFlagNames, 'help']);

test('the help tells every option, and no other', () => {
  // Those of colours do nothing here: they come with the options that lead to a Nomad.
  const told = new Set([...optionsIn(simulateHelp), 'no-color', 'force-color']);
  assert.deepEqual([...told].sort(), [...simulateFlagNames].sort());
});

test('every option that the page names is there', () => {
  const named = optionsIn(page);
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});
