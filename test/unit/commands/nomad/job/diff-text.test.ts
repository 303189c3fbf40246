import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobDiffText } from '../../../../../src/commands/nomad/job/diff-text.ts';
import type { FieldDiff, JobDiff } from '../../../../../src/nomad/plan-types.ts';

const field = (Type: FieldDiff['Type'], Name: string, Old: string, New: string, ...notes: string[]): FieldDiff => ({
  ...{ Type, Name, Old, New },
  Annotations: notes.length === 0 ? null : notes,
});

test('a change is shown with marks in one column, and what it leaves alone without', () => {
  const config = {
    ...{ Type: 'Edited' as const, Name: 'Config', Objects: null },
    Fields: [
      field('None', 'args[0]', '-c', '-c'),
      field('Edited', 'args[1]', 'one', 'two'),
      field('None', 'command', '/bin/sh', '/bin/sh'),
    ],
  };
  const task = {
    Type: 'Edited' as const,
    Name: 't',
    Fields: null,
    Objects: [config],
    Annotations: ['forces create/destroy update'],
  };
  const group = {
    ...{
      Type: 'Edited' as const,
      Name: 'g',
      Fields: [field('Edited', 'Count', '1', '3', 'forces create')],
      Objects: null,
    },
    ...{ Tasks: [task], Updates: { ignore: 1, create: 2 } },
  };
  const diff: JobDiff = { Type: 'Edited', ID: 'web', Fields: null, Objects: null, TaskGroups: [group] };
  assert.equal(
    jobDiffText(diff, {}),
    [
      '+/- Job: "web"',
      '+/- Task Group: "g" (2 create, 1 ignore)',
      '  +/- Count: "1" => "3" (forces create)',
      '  +/- Task: "t" (forces create/destroy update)',
      '    +/- Config {',
      '          args[0]: "-c"',
      '      +/- args[1]: "one" => "two"',
      '          command: "/bin/sh"',
      '        }',
    ].join('\n'),
  );
});

test('of a new job only the names of its parts are shown, unless asked for more', () => {
  const task = {
    Type: 'Added' as const,
    Name: 't',
    Objects: null,
    Annotations: ['forces create'],
    Fields: [field('Added', 'Driver', '', 'exec')],
  };
  const group = {
    Type: 'Added' as const,
    Name: 'g',
    Fields: [field('Added', 'Count', '', '1')],
    Objects: null,
    Tasks: [task],
    Updates: { create: 1 },
  };
  const diff: JobDiff = {
    Type: 'Added',
    ID: 'web',
    Fields: [field('Added', 'Type', '', 'service')],
    Objects: null,
    TaskGroups: [group],
  };
  assert.equal(jobDiffText(diff, {}), '+ Job: "web"\n+ Task Group: "g" (1 create)\n  + Task: "t" (forces create)');
  assert.match(jobDiffText(diff, { isVerbose: true }), /\n {4}\+ Driver: "exec"/);
  const two = jobDiffText({ ...diff, TaskGroups: [group, { ...group, Name: 'h' }] }, {});
  assert.match(two, /\(forces create\)\n\n\+ Task Group: "h" /);
});
