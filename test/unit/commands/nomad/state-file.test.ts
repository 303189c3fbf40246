/** The file in which the state is kept, and when it is written. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { StateFile } from '../../../../src/commands/nomad/state-file.ts';
import { type KeeperParts, keepState } from '../../../../src/commands/nomad/state-keeper.ts';
import { explain } from '../../../../src/lib/error.ts';
import type { SavedState } from '../../../../src/nomad-server/saved-state.ts';
import { fakeWorld, lineText } from '../../../support/fakes.ts';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';
import { temporaryFolder } from '../../../support/program.ts';

test('what is written is read again, for the owner’s eyes only, and takes the place of what was there', async (t) => {
  const path = join(temporaryFolder(t), 'state');
  const file = new StateFile(path);
  assert.equal(await file.read(), undefined);
  writeFileSync(`${path}.new`, 'left by a crash', { mode: 0o644 });
  const nomad = testNomad();
  await file.write(nomad.server.savedState());
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.put('/v1/var/a', { Items: { line: 'one\u2028two\r\nthree' } });
  const state = nomad.server.savedState();
  await file.write(state);
  assert.deepEqual(await new StateFile(path).read(), state);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(existsSync(`${path}.new`), false);
});

test('a file of another kind, a damaged one and a folder end in one line, and are left as they are', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'state');
  await new StateFile(path).write(testNomad().server.savedState());
  const good = readFileSync(path);
  const text = gunzipSync(good).toString();
  for (const [content, why] of [
    [Buffer.alloc(0), 'it is damaged: its end is missing'],
    [Buffer.from('job "web" {}\n'), 'it holds no state of the embedded Nomad, or is damaged'],
    [gzipSync('{"Jobs": []}\n'), 'it holds no state of the embedded Nomad'],
    [good.subarray(0, good.length - 50), 'it is damaged: its end is missing'],
    [
      gzipSync(text.replace('Default node pool', 'Default nude pool')),
      'it is damaged: its sums are not those of its lines',
    ],
    [gzipSync(text.replace('state":1', 'state":7')), 'it has format 7, and this program reads format 1'],
  ] as const) {
    writeFileSync(path, content);
    await assert.rejects(new StateFile(path).read(), (error) => {
      assert.equal(explain(error), `cannot go on with the state in ${path}, which is left as it is: ${why}`);
      return true;
    });
    assert.deepEqual(readFileSync(path), Buffer.from(content));
  }
  mkdirSync(join(folder, 'sub'));
  await assert.rejects(new StateFile(join(folder, 'sub')).read(), { code: 'state_unreadable' });
});

test('a place that cannot be written to is told, and what is there stays', async (t) => {
  const path = join(temporaryFolder(t), 'nowhere', 'state');
  await assert.rejects(new StateFile(path).write(testNomad().server.savedState()), (error) => {
    assert.match(explain(error), /^cannot keep the state in .*\/nowhere\/state: ENOENT/);
    return true;
  });
});

test('a file that is one endless line of something else is not read to its end', async (t) => {
  const path = join(temporaryFolder(t), 'state');
  const line = gzipSync(Buffer.alloc(4 * 1024 * 1024, 'x'));
  writeFileSync(path, Buffer.concat(Array.from({ length: 40 }, () => line)));
  await assert.rejects(new StateFile(path).read(), (error) => {
    assert.match(explain(error), /: it holds no state of the embedded Nomad, or is damaged$/);
    return true;
  });
});

test('of two processes on one file neither writes over what the other one left', async (t) => {
  const path = join(temporaryFolder(t), 'state');
  const nomad = testNomad();
  const [one, other] = [new StateFile(path), new StateFile(path)];
  await one.write(nomad.server.savedState());
  assert.ok(await other.read());
  await nomad.put('/v1/jobs', jobBody('web'));
  const state = nomad.server.savedState();
  await one.write(state);
  for (let count = 0; count < 2; count++) {
    await assert.rejects(other.write(testNomad().server.savedState()), (error) => {
      const why = 'another process has written to it; stop one of the two, or give it a file of its own';
      assert.equal(explain(error), `cannot keep the state in ${path}: ${why}`);
      return true;
    });
  }
  assert.deepEqual(await new StateFile(path).read(), state);
  rmSync(path);
  await other.write(state);
});

test('two processes that write at once never put half a state in place', async (t) => {
  const path = join(temporaryFolder(t), 'state');
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { count: 8 }));
  await nomad.clock.advance(1000);
  const state = nomad.server.savedState();
  for (let count = 0; count < 20; count++) {
    await Promise.allSettled([new StateFile(path).write(state), new StateFile(path).write(state)]);
    if (existsSync(path)) assert.deepEqual(await new StateFile(path).read(), state);
    rmSync(path, { force: true });
  }
});

test('a write that fails leaves nothing behind', async (t) => {
  const path = join(temporaryFolder(t), 'state');
  mkdirSync(path); // whole, and then there is no place for it
  await assert.rejects(new StateFile(path).write(testNomad().server.savedState()), {
    message: /cannot keep the state/,
  });
  assert.equal(existsSync(`${path}.new`), false);
});

/** A keeper whose writes take so long, or fail while the list of refusals lasts. */
function kept(writeMs = 0, refusals: string[] = []) {
  const nomad = testNomad({ nodes: [] });
  const { clock } = nomad;
  const { log, lines } = fakeWorld();
  const states: SavedState[] = [];
  const write: KeeperParts['write'] = async (state) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw new Error(refusal);
    await new Promise<void>((resolve) => clock.after(writeMs, resolve));
    states.push(state);
  };
  const keeper = keepState({ server: nomad.server, clock, log, write }, nomad.server.store.index);
  return { nomad, clock, keeper, states, lines };
}

test('changes are kept together some seconds later, and nothing is written while nothing changes', async () => {
  const { nomad, clock, states } = kept();
  await clock.advance(60_000);
  assert.equal(states.length, 0);
  for (let count = 0; count < 10; count++) await nomad.put(`/v1/var/v${count}`, { Items: { a: 'b' } });
  await clock.advance(4000);
  assert.equal(states.length, 0);
  await clock.advance(600_000);
  assert.deepEqual(
    states.map(({ index }) => index),
    [nomad.server.store.index],
  );
});

test('a state that takes long to write is written less often', async () => {
  const { nomad, clock, states } = kept(6000);
  for (let second = 0; second < 300; second++) {
    await nomad.put('/v1/var/v', { Items: { a: `${second}` } });
    await clock.advance(1000);
  }
  assert.ok(states.length >= 3 && states.length <= 6, `${states.length} times`);
});

test('a write that fails is told, and tried again after the next pause', async () => {
  const { nomad, clock, states, lines } = kept(0, ['disk full']);
  await nomad.put('/v1/var/v', { Items: { a: 'b' } });
  await clock.advance(5000);
  const told = lines.filter(({ level }) => level === 'error');
  assert.deepEqual(told.map(lineText), ['ERROR : the state is not kept error=disk full']);
  await clock.advance(5000);
  assert.equal(states.length, 1);
});

test('at the end what is not kept yet is kept, with what comes while it is written', async () => {
  const { nomad, clock, states, keeper } = kept(3000);
  await nomad.put('/v1/var/v', { Items: { a: 'b' } });
  const closing = keeper.close();
  await clock.advance(1000);
  await nomad.put('/v1/var/w', { Items: { a: 'b' } });
  await clock.advance(10_000);
  await closing;
  assert.equal(states.length, 2);
  assert.equal(states.at(-1)?.index, nomad.server.store.index);
  await nomad.put('/v1/var/x', { Items: { a: 'b' } });
  await clock.advance(60_000);
  assert.equal(states.length, 2);
});
