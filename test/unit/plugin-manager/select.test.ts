import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { plugin as targetValue } from '../../../plugins/strategy/target-value/index.ts';
import type { PluginType } from '../../../src/model/plugin.ts';
import { executableFinder } from '../../../src/plugin-manager/executables.ts';
import { launchKey, place } from '../../../src/plugin-manager/select.ts';
import { block, defineTarget } from '../../../src/sdk/index.ts';
import { bundle, fakeShelf, pluginBlock } from '../../support/plugin-fakes.ts';

const target = defineTarget({
  name: 'os-nova',
  agentConfig: block({}),
  policyConfig: block({}),
  open: () => ({ status: () => undefined, scale: () => ({ kind: 'scaled' }) }),
});
const bundled = [bundle(targetValue), bundle(target)];

const placed = async (type: PluginType, driver: string, executables: Record<string, string> = {}, parts = {}) => {
  const placement = await place(pluginBlock(type, 'x', { driver, ...parts }), fakeShelf(executables, bundled));
  return placement.kind === 'module' ? 'module' : placement.command.path;
};

test('plugins #48, #49: a bundled name is bundled, any other is an executable of the plugin directory', async () => {
  assert.equal(await placed('strategy', 'target-value'), 'module');
  assert.equal(await placed('strategy', 'unknown'), '/plugins/unknown');
});

test('plugins #50: an executable of that name wins over a bundled plugin', async () => {
  assert.equal(await placed('strategy', 'target-value', { 'target-value': 'v1' }), '/plugins/target-value');
});

test('plugins #51: a folder or a file that nobody may execute does not win', async (context) => {
  const pluginDir = mkdtempSync(join(tmpdir(), 'select-'));
  context.after(() => rmSync(pluginDir, { recursive: true }));
  const shelf = { pluginDir, bundled, findExecutable: executableFinder('linux') };
  const kind = async () => (await place(pluginBlock('strategy', 'target-value'), shelf)).kind;
  const path = join(pluginDir, 'target-value');
  mkdirSync(path);
  assert.equal(await kind(), 'module');
  rmdirSync(path);
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o644 });
  assert.equal(await kind(), 'module');
  chmodSync(path, 0o755);
  assert.equal(await kind(), 'process');
  renameSync(path, join(pluginDir, 'real'));
  symlinkSync('real', path);
  assert.equal(await kind(), 'process');
});

test('on Windows the ending of the name decides, and a file that was written again has another stamp', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'select-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const find = executableFinder('win32');
  for (const name of ['x', 'x.exe']) writeFileSync(join(folder, name), 'MZ', { mode: 0o755 });
  assert.equal(await find(join(folder, 'x')), undefined);
  const before = await find(join(folder, 'x.exe'));
  assert.ok(before);
  writeFileSync(join(folder, 'x.exe'), 'MZ, but new');
  assert.notEqual(await find(join(folder, 'x.exe')), before);
});

test('plugins #52, agent #A67: a trailing .exe is no part of the path', async () => {
  assert.equal(await placed('strategy', 'x.exe'), '/plugins/x');
});

test('targets run in a process of their own and the rest in the agent, unless the block says where', async () => {
  assert.equal(await placed('target', 'os-nova'), '/bundled/os-nova');
  assert.equal(await placed('target', 'os-nova', {}, { isolation: 'in-process' }), 'module');
  assert.equal(await placed('strategy', 'target-value', {}, { isolation: 'process' }), '/bundled/target-value');
});

test('a foreign executable cannot run inside the agent', async () => {
  const inside = { isolation: 'in-process' };
  await assert.rejects(placed('strategy', 'unknown', {}, inside), { code: 'plugin_isolation' });
  await assert.rejects(placed('target', 'os-nova', { 'os-nova': 'v1' }, inside), { code: 'plugin_isolation' });
});

test('a checksum that finds only a bundled plugin is an error, not a pin that holds nothing', async () => {
  await assert.rejects(placed('target', 'os-nova', {}, { checksum: 'sha256:00' }), { code: 'plugin_checksum' });
  assert.equal(await placed('target', 'os-nova', { 'os-nova': 'v1' }, { checksum: 'sha256:00' }), '/plugins/os-nova');
});

test('what would be started in another way has another launch key', async () => {
  const keyOf = async (parts: object, stamp = 'v1') => {
    const one = pluginBlock('target', 'x', parts);
    return launchKey(one, await place(one, fakeShelf({ x: stamp, y: stamp }, bundled)));
  };
  const before = await keyOf({});
  assert.equal(await keyOf({ config: { a: 'b' } }), before);
  const others = [{ driver: 'y' }, { args: ['-v'] }, { autoMtls: false }, { checksum: 'sha256:00' }];
  for (const parts of others) assert.notEqual(await keyOf(parts), before, JSON.stringify(parts));
  assert.notEqual(await keyOf({}, 'v2'), before);
});
