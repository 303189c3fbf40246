import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyText } from '../../support/policy-file.ts';
import { type Entry, FakeFolder, follow } from '../../support/policy-files.ts';

const web = (max: number) => policyText({ name: 'web', head: `min = 1\nmax = ${max}` });
const api = (max: number) => policyText({ name: 'api', head: `min = 1\nmax = ${max}` });

test('policy #P15: of two files one of which is broken the good one runs, and the other is told', async () => {
  const { inForce, now, log } = await follow({ 'a.hcl': web(4), 'b.hcl': 'scaling "b" {' });
  assert.deepEqual(inForce(), ['web 4']);
  assert.equal(now().degraded, true);
  assert.match(now().problems.join(), /^policies\/b\.hcl:1:13: Unclosed configuration block; /);
  assert.equal(log('error').length, 1);
});

test('policy #P16: an edited policy is in force a moment later, without a signal', async () => {
  const { change, inForce, clock, events, folder } = await follow({ 'web.hcl': web(4) });
  await change('web.hcl', web(5));
  assert.deepEqual(inForce(), ['web 5']);
  folder.put('web.hcl', web(6));
  events.notice('web.hcl');
  await clock.advance(150);
  assert.deepEqual(inForce(), ['web 6'], 'within 150 ms');
});

test('policy #P10: each policy that is found is told at debug level, enabled or not', async () => {
  const off = web(4).replace('enabled = true', 'enabled = false').replace('"web"', '"off"');
  const { log } = await follow({ 'a.hcl': web(4), 'b.hcl': off });
  const lines = log('debug').map((line) => line.replace('DEBUG file_policy_source: ', ''));
  const found = lines.filter((line) => line.startsWith('found policy in file'));
  assert.deepEqual(
    found.map((line) => line.replace(/file=\S*\//, 'file=')),
    ['found policy in file file=a.hcl name=web enabled=true', 'found policy in file file=b.hcl name=off enabled=false'],
  );
  assert.ok(lines.some((line) => line.startsWith('policy is disabled')));
});

test('added, renamed and removed files take effect', async () => {
  const { change, inForce, folder, events, clock } = await follow({ 'web.hcl': web(4) });
  await change('api.json', '{"scaling":{}}');
  await change('api.hcl', api(2));
  assert.deepEqual(inForce(), ['api 2', 'web 4']);
  folder.put('zed.hcl', api(2));
  folder.remove('api.hcl');
  events.notice('api.hcl');
  events.notice('zed.hcl');
  await clock.advance(1000);
  assert.deepEqual(inForce(), ['web 4', 'api 2']);
  await change('web.hcl');
  assert.deepEqual(inForce(), ['api 2']);
});

test('a file that breaks keeps its last good policies until it is mended or removed', async () => {
  const { change, inForce, now } = await follow({ 'a.hcl': web(4) + api(2) });
  const before = now().policies;
  await change('a.hcl', 'scaling "web" {');
  assert.deepEqual(inForce(), ['web 4', 'api 2']);
  assert.ok(
    now().policies.every((policy, at) => policy === before[at]),
    'they are the same objects',
  );
  assert.equal(now().degraded, true);
  await change('a.hcl', web(9) + api(3));
  assert.deepEqual(inForce(), ['web 9', 'api 3']);
  assert.equal(now().degraded, false);
  assert.deepEqual(now().problems, []);
  await change('a.hcl', 'scaling "web" {');
  await change('a.hcl');
  assert.deepEqual([inForce(), now().degraded], [[], false]);
});

test('one broken policy of a file keeps its last good version while the others follow', async () => {
  const { change, inForce, now } = await follow({ 'a.hcl': web(4) + api(2) });
  await change('a.hcl', web(0) + api(3));
  assert.deepEqual([...inForce()].sort(), ['api 3', 'web 4']);
  assert.match(now().problems.join(), /policy Min must not be greater Max/);
  await change('a.hcl', api(3));
  assert.deepEqual(inForce(), ['api 3'], 'removed from the file, not broken');
});

test('a policy that was always broken is told and has nothing in force', async () => {
  const { inForce, now } = await follow({ 'a.hcl': web(0) });
  assert.deepEqual([inForce(), now().degraded], [[], true]);
});

test('a file that is disabled is no longer in force', async () => {
  const { change, inForce, now } = await follow({ 'a.hcl': web(4) });
  await change('a.hcl', web(4).replace('enabled = true', 'enabled = false'));
  assert.deepEqual([inForce(), now().degraded], [[], false]);
});

test('a half written file is not believed at once: what was in force stays and nobody is alarmed', async () => {
  const { folder, events, clock, inForce, now } = await follow({ 'a.hcl': web(4) });
  for (const part of ['', 'scaling "w']) {
    folder.put('a.hcl', part);
    events.notice('a.hcl');
    await clock.advance(250);
    assert.deepEqual([inForce(), now().degraded], [['web 4'], false]);
  }
  folder.put('a.hcl', web(5));
  events.notice('a.hcl');
  await clock.advance(150);
  assert.deepEqual([inForce(), now().degraded], [['web 5'], false]);
});

test('a file that was written halfway, between two policies, does not stop the second', async () => {
  const { folder, events, clock, inForce, snapshots } = await follow({ 'a.hcl': web(4) + api(1) });
  folder.put('a.hcl', web(5));
  events.notice('a.hcl');
  await clock.advance(250);
  folder.put('a.hcl', web(5) + api(2));
  events.notice('a.hcl');
  await clock.advance(150);
  assert.deepEqual(inForce(), ['web 5', 'api 2']);
  assert.ok(snapshots.every(({ policies }) => policies.length === 2));
});

test('a file that stays empty or broken is believed within a second', async () => {
  const { folder, events, clock, inForce, now } = await follow({ 'a.hcl': web(4), 'b.hcl': api(1) });
  folder.put('a.hcl', '');
  folder.put('b.hcl', 'x');
  events.notice('a.hcl');
  events.notice('b.hcl');
  await clock.advance(800);
  assert.deepEqual(inForce(), ['api 1']);
  assert.equal(now().degraded, true);
});

test('only names that end in .hcl or .json count, and no temporary files of editors', async () => {
  const names = ['web.hcl~', '.#web.hcl', '#web.hcl#', 'web.hcl.swp', 'web.HCL', 'web.txt', 'readme'];
  const entries = Object.fromEntries(names.map((name) => [name, web(4)]));
  const { inForce, folder } = await follow({ ...entries, '.hidden.hcl': api(1), 'folder.hcl': { folder: true } });
  assert.deepEqual(inForce(), ['api 1']);
  assert.deepEqual(folder.reads, ['.hidden.hcl']);
});

test('a burst of events is one look, and an endless one is looked at all the same', async () => {
  const { folder, events, clock, snapshots } = await follow({ 'a.hcl': web(4) });
  for (let max = 5; max < 30; max++) {
    folder.put('a.hcl', web(max));
    events.notice('a.hcl');
    await clock.advance(50);
  }
  assert.equal(snapshots.length, 3, 'the first look, and one after each 500 ms');
});

test('nothing is told when nothing changed: same content, other stamp', async () => {
  const { change, snapshots } = await follow({ 'a.hcl': web(4) });
  await change('a.hcl', web(4));
  assert.equal(snapshots.length, 1);
});

test('an event about one file reads that file only; one about something else looks at the stamps of all', async () => {
  const { folder, change } = await follow({ 'a.hcl': web(4), 'b.hcl': api(1) });
  folder.reads.length = 0;
  await change('a.hcl', web(5));
  assert.deepEqual(folder.reads, ['a.hcl']);
  folder.put('b.hcl', api(2));
  await change('..data', { folder: true });
  assert.deepEqual(folder.reads, ['a.hcl', 'b.hcl']);
});

test('what no event told of is found by the scan every five minutes', async () => {
  const { folder, clock, inForce } = await follow({ 'a.hcl': web(4) });
  folder.put('a.hcl', web(5));
  folder.put('b.hcl', api(1));
  await clock.advance(5 * 60_000 + 100);
  assert.deepEqual(inForce(), ['web 5', 'api 1']);
});

test('a rescan reads everything at once, whatever the stamps say, and believes it', async () => {
  const { folder, directory, inForce, now, log } = await follow({ 'a.hcl': web(4), 'b.hcl': api(1) });
  folder.put('a.hcl', web(5), true);
  folder.put('b.hcl', 'broken');
  await directory.rescan();
  assert.deepEqual(inForce(), ['web 5', 'api 1']);
  assert.equal(now().degraded, true);
  assert.ok(log('info').join().includes('file policy source ID monitor received reload signal'));
});

test('a rescan with other settings decodes every file again', async () => {
  const { directory, now } = await follow({ 'a.hcl': web(4) });
  assert.equal(now().policies[0]?.cooldownMs, 300_000);
  const settings = { defaultCooldownMs: 1000, defaultEvaluationIntervalMs: 10_000, nomadApms: new Set<string>() };
  await directory.rescan({ settings });
  assert.equal(now().policies[0]?.cooldownMs, 1000);
});

test('a directory that disappears keeps everything in force, says so, and is followed again when it is back', async () => {
  const { folder, events, clock, inForce, now, log } = await follow({ 'a.hcl': web(4) });
  folder.listing = 'ENOENT';
  events.notice('a.hcl');
  await clock.advance(1000);
  assert.deepEqual(inForce(), ['web 4']);
  assert.deepEqual(now().problems, ['policies: failed to list files in directory: no such file or directory']);
  assert.equal(events.isOn, false);
  await clock.advance(60_000);
  assert.equal(log('error').length, 1, 'one line, not one per look');
  folder.listing = undefined;
  folder.put('a.hcl', web(5));
  await clock.advance(1500);
  assert.deepEqual([inForce(), now().degraded, events.isOn], [['web 5'], false, true]);
});

test('a directory that is not there at the start is waited for', async () => {
  const folder = new FakeFolder();
  folder.listing = 'ENOENT';
  const { clock, inForce, now } = await follow({}, { folder });
  assert.deepEqual([inForce(), now().degraded], [[], true]);
  folder.listing = undefined;
  folder.put('a.hcl', web(4));
  await clock.advance(1500);
  assert.deepEqual([inForce(), now().degraded], [['web 4'], false]);
});

test('a file that comes while the watching begins is not missed', async () => {
  const { inForce } = await follow({}, { onWatch: (folder) => folder.put('a.hcl', web(4)) });
  assert.deepEqual(inForce(), ['web 4']);
});

test('a directory that may not be read keeps what is known', async () => {
  const { folder, directory, inForce, now } = await follow({ 'a.hcl': web(4) });
  folder.listing = 'EACCES';
  await directory.rescan();
  assert.deepEqual(inForce(), ['web 4']);
  assert.match(now().problems.join(), /permission denied; let the user of the agent read it/);
});

test('a file that cannot be read, and a link that leads nowhere, keep what is known', async () => {
  const cases: readonly (readonly [Entry, RegExp])[] = [
    [{ reading: 'EACCES' }, /^policies\/a\.hcl: permission denied/],
    [{ looking: 'ENOENT' }, /^policies\/a\.hcl: a link that leads nowhere/],
    [{ looking: 'EIO' }, /^policies\/a\.hcl: EIO/],
  ];
  for (const [entry, problem] of cases) {
    const { change, inForce, now } = await follow({ 'a.hcl': web(4) });
    await change('a.hcl', entry);
    assert.deepEqual(inForce(), ['web 4']);
    assert.match(now().problems.join(), problem);
    await change('a.hcl', web(5));
    assert.deepEqual([inForce(), now().degraded], [['web 5'], false]);
  }
});

test('without notifications the directory is looked at every second', async () => {
  const { folder, events, clock, inForce, log } = await follow({ 'a.hcl': web(4) });
  events.fail();
  await clock.advance(0);
  assert.equal(events.isOn, false);
  folder.put('a.hcl', web(5));
  await clock.advance(1100);
  assert.deepEqual(inForce(), ['web 5']);
  assert.equal(log('warn').length, 1);
  assert.equal(events.started, 1, 'not tried again each second');
  await clock.advance(6 * 60_000);
  assert.equal(events.isOn, true, 'but some minutes later');
});

test('new problems are counted, at most once per look', async () => {
  const { series, change } = await follow({ 'a.hcl': 'x', 'b.hcl': 'x' });
  await change('c.hcl', web(4));
  await change('c.hcl', web(0));
  const [counts] = [...series]
    .filter(([name]) => name.startsWith('policy.source.error_count'))
    .map(([, values]) => values);
  assert.deepEqual(counts, [1, 1]);
});

test('each problem and each warning is logged once', async () => {
  const { change, log } = await follow({ 'a.hcl': policyText().replace('enabled = true', ''), 'b.hcl': 'x' });
  await change('c.hcl', web(4));
  assert.equal(log('error').length, 1);
  assert.equal(log('warn').length, 1);
});

test('after closing nothing is looked at and nothing is planned', async () => {
  const { folder, directory, events, clock, snapshots } = await follow({ 'a.hcl': web(4) });
  events.notice('a.hcl');
  await directory.close();
  assert.equal(events.isOn, false);
  assert.equal(clock.pending, 0);
  folder.put('a.hcl', web(5));
  await directory.rescan();
  await clock.advance(600_000);
  assert.equal(snapshots.length, 1);
  assert.equal(clock.pending, 0);
});

test('an unexpanded variable in the name of the directory is pointed at', async () => {
  const folder = new FakeFolder();
  folder.listing = 'ENOENT';
  const dir = '${NOMAD_TASK_DIR}/policies/';
  const { now } = await follow({}, { folder, dir });
  assert.deepEqual(now().problems, [
    `${dir}: failed to list files in directory: no such file or directory; its name contains a variable that was not expanded`,
  ]);
});
