/**
 * A plugin in another language: test/fixtures/plugins-python, written from the protocol section of docs/plugins.md and built
 * as that section says, with grpcio from PyPI.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Action } from '../../src/model/action.ts';
import { launch } from '../../src/wire/launch.ts';
import { hostWorld, LogBook, never } from '../support/goplugin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'python-'));
const plugin = join(folder, 'python-target');
const counts = join(folder, 'counts');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** @returns why there is no plugin. */
function build(): string | undefined {
  if (spawnSync('python3', ['-m', 'venv', join(folder, 'venv')], { stdio: 'ignore' }).status !== 0) {
    return 'there is no python3 with venv on this machine';
  }
  const python = join(folder, 'venv/bin/python');
  const fixture = join(root, 'test/fixtures/plugins-python');
  const pip = ['-m', 'pip', 'install', '--quiet', '-r', join(fixture, 'requirements.txt')];
  const installed = spawnSync(python, pip, { encoding: 'utf8', timeout: 240_000 });
  if (installed.status !== 0) return `pip cannot install grpcio: ${installed.stderr.trim().split('\n').at(-1)}`;
  const proto = join(root, 'proto');
  const generated = join(folder, 'generated');
  mkdirSync(generated);
  const ofPlugins = readdirSync(join(proto, 'plugins')).map((file) => `plugins/${file}`);
  const protos = [...ofPlugins, 'goplugin/controller.proto', 'goplugin/health.proto'];
  const protoc = [
    '-m',
    'grpc_tools.protoc',
    '-I',
    proto,
    `--python_out=${generated}`,
    `--grpc_python_out=${generated}`,
  ];
  execFileSync(python, [...protoc, ...protos], { stdio: 'inherit' });
  writeFileSync(plugin, `#!${python}\n${readFileSync(join(fixture, 'plugin.py'), 'utf8')}`);
  chmodSync(plugin, 0o755);
  mkdirSync(counts);
  return undefined;
}

const reason = build();
const leftOut = `left out: ${reason}, so no plugin in another language was tried`;
if (reason !== undefined) console.error(`interop: ${leftOut}`);

describe('a target in Python', { skip: reason === undefined ? false : leftOut }, () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('plugins #31: it passes every rule of a target, scaling included', () => {
    writeFileSync(join(counts, 'web'), '2\n');
    const line = ['plugin', 'test', plugin, `-config=folder=${counts}`, '-policy=file=web', '-scale=4'];
    const more = ['-bad-config=folder=', '-bad-policy=file=', '-absent=file=absent'];
    const program = join(root, 'dist/bin/nomad-autoscaler');
    const { status, stdout, stderr } = spawnSync(program, [...line, ...more], { encoding: 'utf8', timeout: 120_000 });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^17 passed, 0 failed, 0 skipped/m);
    assert.equal(readFileSync(join(counts, 'web'), 'utf8'), '2\n');
  });

  test('under our host with AutoMTLS both sides show a certificate, and every answer means what it should', async (t) => {
    writeFileSync(join(counts, 'web'), '2\n');
    const log = new LogBook();
    const python = await launch(plugin, [], {}, { autoMtls: 'required' }, hostWorld(log), never);
    t.after(() => python.process.kill());
    assert.equal(python.process.isEncrypted, true);
    assert.deepEqual(await python.info(never), { name: 'python-target', type: 'target' });
    assert.deepEqual(await python.extensions(never), { services: [], settings: undefined });
    const target = python.target();
    await target.setConfig({ folder: counts }, never);
    assert.equal((await log.has('configured')).fields['folder'], counts);
    assert.deepEqual(await target.status({ file: 'web' }, never), { ready: true, count: 2, meta: {} });
    assert.equal(await target.status({ file: 'absent' }, never), undefined);
    const to = (count: number): Action => ({ direction: 'up', count, reason: 'more', meta: { deep: { a: [1] } } });
    assert.deepEqual(await target.scale(to(3), { file: 'web' }, never), { kind: 'scaled' });
    assert.deepEqual(await target.scale(to(3), { file: 'web' }, never), {
      kind: 'no-op',
      reason: 'there are 3 already',
    });
    await target.scale({ ...to(9), direction: 'none', dryRun: true }, { file: 'web' }, never);
    assert.equal((await log.has('dry run')).fields['count'], 9);
    await assert.rejects(async () => target.status({}, never), { details: '"file" is required' });
    assert.deepEqual(await python.process.kill(), { forced: false });
    assert.deepEqual(await python.process.exited, { code: 0, signal: null });
  });
});
