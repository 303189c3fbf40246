import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, fromSource, pluginCommand } from '../../../support/plugin-command.ts';

test('a plugin of ours tells what it is, how it is reached, what it offers and which keys it knows', async (t) => {
  const { code, stdout, stderr } = await pluginCommand(emptyFolder(t), ['info', ...fromSource('noop-target')]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^noop-target \(target\)\n/);
  assert.match(stdout, /^ {2}ready after +\d+ ms$/m);
  assert.match(stdout, /^ {2}protocol +go-plugin 1, application version 1, gRPC$/m);
  assert.match(stdout, /^ {2}socket +unix \/.*plugin\d+$/m);
  assert.match(stdout, /^ {2}encryption +AutoMTLS$/m);
  assert.match(stdout, /^ {2}ended +by itself within \d+ ms, exit status 0$/m);
  assert.match(stdout, /^ {2}extensions +\S+\.v1\.TargetStatuses, \S+\.v1\.PluginSettings$/m);
  assert.match(stdout, /^Keys of config in the agent's target block:\n {2}color +text +As a test wants it\.$/m);
  assert.match(stdout, /^Keys of a policy's target block:\n {2}count /m);
});

test('a strategy has no keys in the agent’s block, and no statuses; certificates may be switched off', async (t) => {
  const { stdout } = await pluginCommand(emptyFolder(t), ['info', '-auto-mtls=false', ...fromSource('noop-strategy')]);
  assert.match(stdout, /^ {2}encryption +none: it showed no certificate$/m);
  assert.match(stdout, /^ {2}extensions +nomad_autoscaler\.extension\.v1\.PluginSettings$/m);
  assert.match(stdout, /^Keys of config in the agent's strategy block: none$/m);
  assert.match(stdout, /^ {2}count +text +default 0 +As a test wants it\.$/m);
});

test('a bundled plugin may be named by its driver', async (t) => {
  const { stdout } = await pluginCommand(emptyFolder(t), ['info', 'threshold']);
  assert.match(stdout, /^threshold \(strategy\)\n/);
});

test('what is no plugin is told in one line, and what it said last below', async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, 'bad'), '#!/bin/sh\necho "no key for the API" >&2\nexit 7\n');
  chmodSync(join(folder, 'bad'), 0o755);
  const { code, stdout, stderr } = await pluginCommand(folder, ['info', 'bad']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^Error: plugin bad: Unrecognized remote plugin message: \n/);
  assert.match(stderr, /^ {2}Last lines of its stderr:\n {4}no key for the API$/m);
  const missing = await pluginCommand(folder, ['info', './missing']);
  assert.equal(missing.stderr, 'Error: plugin ./missing: fork/exec DIR/missing: no such file or directory\n');
});

test('a command line that names no plugin, or two, is refused', async (t) => {
  const folder = emptyFolder(t);
  assert.equal((await pluginCommand(folder, ['info'])).stderr, 'Error: name the executable of a plugin\n');
  assert.equal((await pluginCommand(folder, ['info', 'a', 'b'])).stderr, 'Error: unexpected argument "b"\n');
  assert.match((await pluginCommand(folder, ['show'])).stderr, /^Usage: nomad-autoscaler plugin <init\|info\|test>/);
  assert.equal((await pluginCommand(folder, [])).code, 127);
});
