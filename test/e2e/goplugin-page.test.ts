/** docs/goplugin.md to the letter: its files are written, and its commands are typed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PluginClient } from '../../src/goplugin/client.ts';
import * as door from '../../src/goplugin/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/goplugin.md'), 'utf8');
const listings = [...page.matchAll(/^### `([^`]+)`\n.*?^```\w+\n(.*?)^```$/gms)];

/** A folder with the page's files, and with the packages that it asks for. */
function newcomer(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [, name = '', content = ''] of listings) writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'node_modules/@grpc'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/nomad-autoscaler'));
  symlinkSync(join(root, 'node_modules/@grpc/proto-loader'), join(folder, 'node_modules/@grpc/proto-loader'));
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  return folder;
}

/** This Node goes by the name `node`. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` };

test('the page’s commands print what the page says', (t) => {
  const cwd = newcomer(t);
  const sessions = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, session = '']) => session);
  const steps = sessions.flatMap((session) => session.split(/^\$ /m)).filter((step) => step !== '');
  assert.ok(steps.length > 6);
  for (const step of steps) {
    const end = step.indexOf('\n');
    const { stdout, stderr } = spawnSync('sh', ['-c', step.slice(0, end)], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(`${stdout}${stderr}`, step.slice(end + 1), step);
  }
  assert.equal(readFileSync(join(cwd, 'kv_hello'), 'utf8'), 'world');
});

test('the page’s programs have no type errors', (t) => {
  const cwd = newcomer(t);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--allowImportingTsExtensions', '--types', 'node'];
  const files = readdirSync(cwd).filter((name) => name.endsWith('.ts'));
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/tsc'),
    [...options, '--target', 'es2024', '--skipLibCheck', ...files],
    {
      cwd,
      env,
      encoding: 'utf8',
    },
  );
  assert.equal(stdout, '');
});

test('the page names every option and member', () => {
  const rows = (heading: string) => {
    const [, part = ''] = page.split(`\n## ${heading}\n`);
    const own = part.split('\n## ')[0] ?? '';
    return new Set([...own.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/(?<=`)\w+/g) ?? []));
  };
  const members = Object.getOwnPropertyNames(PluginClient.prototype).filter((name) => name !== 'constructor');
  const hosting = rows('Hosting');
  for (const name of members) assert.ok(hosting.has(name), name);
  for (const file of ['client', 'host', 'connect', 'runner']) {
    for (const name of optionsOf(file)) assert.ok(hosting.has(name) || name === 'versions', `${file}: ${name}`);
  }
  const broker = rows('The broker');
  for (const name of ['nextId', 'accept', 'dial']) assert.ok(broker.has(name), name);
  const serving = rows('Being a plugin');
  for (const name of [...optionsOf('serve'), ...optionsOf('server')]) assert.ok(serving.has(name), name);
  const spoken: readonly string[] = page.match(/\b\w+\b/g) ?? [];
  const functions = Object.keys(door).filter((name) =>
    /^(discover|cleanUp|isCleaned|servePlugin|parseCheck|systemW|consoleL)/.test(name),
  );
  for (const name of functions) assert.ok(spoken.includes(name), name);
});

/** The members of the interfaces of options that a file declares. */
function optionsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, `src/goplugin/${file}.ts`), 'utf8');
  const bodies = [...text.matchAll(/^export interface \w+Options[^{]*\{(.*?)^\}/gms)].map(([, body = '']) => body);
  return bodies.flatMap((body) => [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name));
}
