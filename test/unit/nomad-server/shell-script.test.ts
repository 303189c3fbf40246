import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoes, exitCodeOf } from '../../../src/nomad-server/shell-script.ts';

test('a script writes what it echoes, until it goes on as something else', () => {
  const script = 'echo one; echo "two" >&2; for i in 3 4; do echo number $i; done; exec /bin/sleep 3600; echo never';
  assert.equal(echoes(script, 'stdout'), 'one\nnumber 3\nnumber 4\n');
  assert.equal(echoes(script, 'stderr'), 'two\n');
  assert.equal(echoes('while true; do echo again; sleep 1; done', 'stdout'), '');
  assert.equal(echoes('for i in $(seq 3); do echo $i; done', 'stdout'), '');
});

test('a script that only echoes and exits comes to an end, any other may run on', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['echo done; exit 0', 0],
    ['exit 3', 3],
    ['echo hello $NOMAD_META_who', 0],
    ['for i in 1 2; do echo $i; done', 0],
    ['echo up; exec /bin/sleep 3600', undefined],
    ['while true; do echo again; done', undefined],
    ['./serve', undefined],
  ];
  for (const [script, code] of cases) assert.equal(exitCodeOf(script), code, script);
});
