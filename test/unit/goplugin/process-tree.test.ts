import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { childrenOf, descendantsOf, withAncestors } from '../../../src/goplugin/process-tree.ts';

test('what stands above and below a process is found, through a shell as well', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const shell = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await once(shell.stdout, 'data');
  const [child, grandchild] = [shell.pid ?? 0, Number(text)];
  t.after(() => {
    for (const pid of [grandchild, child]) process.kill(pid, 'SIGKILL');
  });
  assert.deepEqual(
    withAncestors(grandchild).slice(0, 4),
    [grandchild, child, process.pid, process.ppid].filter((pid) => pid > 1),
  );
  assert.deepEqual(childrenOf(child), [grandchild]);
  assert.ok(childrenOf(process.pid).includes(child));
  assert.deepEqual(
    descendantsOf(process.pid).filter((pid) => [child, grandchild].includes(pid)),
    [child, grandchild],
  );
});

test('of a process that is gone nothing is found but itself', () => {
  assert.deepEqual(withAncestors(2 ** 30), [2 ** 30]);
  assert.deepEqual(descendantsOf(2 ** 30), []);
});
