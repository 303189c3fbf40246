/** docs/nomad.md against the command line that it describes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nomadAgentHelp } from '../../../../src/commands/nomad/agent.ts';
import { nomadCommands, spellings } from '../../../../src/commands/nomad/cli/commands.ts';

const page = readFileSync(new URL('../../../../docs/nomad.md', import.meta.url), 'utf8');
const [, commands = ''] = page.split('\n## Commands\n');
const inBackticks = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

test('the page has every command of the table, and no other', () => {
  const rows = [...commands.matchAll(/^\| (?:`([^`]+)`|\(none\)) \| (.*) \|$/gm)];
  const listed = rows.flatMap(([, group, names = '']) =>
    inBackticks(names).map((name) => (group === undefined ? name : `${group} ${name}`)),
  );
  assert.deepEqual(listed.sort(), Object.keys(nomadCommands).sort());
});

test('the page has every older spelling, and what it stands for', () => {
  const [line = ''] = /^Older spellings: .*$/m.exec(commands) ?? [];
  const pairs = [...line.matchAll(/`([^`]+)` for `([^`]+)`/g)].map(([, old = '', today = '']) => [old, today]);
  assert.deepEqual(Object.fromEntries(pairs), spellings);
});

test('every option that the page names is one of the agent or of a command', () => {
  const named = [...page.matchAll(/`-([a-z][a-z-]+)/g)].map(([, name = '']) => name);
  assert.ok(named.length > 5);
  const ofAgent = [...nomadAgentHelp.matchAll(/(?:^|, ) *-([a-z-]+)/gm)].map(([, name = '']) => name);
  const known = new Set([...ofAgent, ...Object.values(nomadCommands).flatMap(({ flagNames }) => flagNames)]);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});
