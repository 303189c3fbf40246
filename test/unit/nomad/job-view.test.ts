import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { AutoscalerError } from '../../../src/lib/error.ts';
import { noLog } from '../../../src/lib/log.ts';
import { nomadClient } from '../../../src/nomad/client.ts';
import { JobView } from '../../../src/nomad/job-view.ts';
import { FakeNomad, never, text } from '../../support/nomad.ts';

const web = { namespace: 'default', id: 'web' };

function setUp() {
  const clock = virtualClock();
  const nomad = new FakeNomad(clock);
  const view = new JobView(nomad.client(), { clock, random: () => 0.5, log: noLog });
  return { clock, nomad, view };
}

const running = (status: Awaited<ReturnType<JobView['status']>>, group = 'g') => status?.groups.get(group)?.running;

test('a job is read once, and then its status comes from memory without a promise', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  assert.equal(running(await view.status(web, never)), 2);

  for (let tick = 0; tick < 20; tick++) {
    await clock.advance(10_000);
    const status = view.status(web, never);
    assert.ok(!(status instanceof Promise), 'known at once');
    assert.equal(running(status), 2);
  }
  assert.equal(nomad.count(/\/scale/), 1);
  assert.equal(nomad.count(/\/v1\/jobs\?/), 2, 'the first list, and the one that is held');
  view.close();
});

test('plugins #132: a hundred calls at once are one reading of the list and one of the job', async () => {
  const { nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 1 } } });
  const all = await Promise.all(Array.from({ length: 100 }, () => view.status(web, never)));
  assert.deepEqual(new Set(all.map((one) => running(one))), new Set([1]));
  assert.equal(nomad.count(/\/scale/), 1);
  assert.equal(nomad.count(/\/v1\/jobs\?/), 1);
  view.close();
});

test('hundreds of jobs cost one held query, and a job that moves is the only one that is read again', async () => {
  const { clock, nomad, view } = setUp();
  const ids = Array.from({ length: 200 }, (_, at) => ({ namespace: 'default', id: `job-${at}` }));
  for (const { id } of ids) nomad.put(id, { groups: { g: { Running: 1 } } });
  await Promise.all(ids.map((id) => view.status(id, never)));
  await clock.advance(10_000);
  nomad.forget();

  nomad.put('job-7', { groups: { g: { Running: 3 } } });
  await clock.advance(10_000);
  const statuses = await Promise.all(ids.map((id) => view.status(id, never)));
  assert.equal(running(statuses[7]), 3);
  assert.deepEqual(
    nomad.asked.filter((one) => !one.includes('/v1/jobs?')),
    ['GET /v1/job/job-7/scale?namespace=default&wait=300000ms'],
  );
  view.close();
});

test('a change is seen as soon as Nomad tells of it', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  await view.status(web, never);
  await clock.advance(60_000);
  nomad.put('web', { groups: { g: { Running: 4 } } });
  await clock.advance(1);
  assert.equal(running(await view.status(web, never)), 4);
  view.close();
});

test('a busy Nomad is not read without end', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: {} } });
  await view.status(web, never);
  nomad.forget();
  for (let at = 0; at < 100; at++) {
    nomad.put('other', { groups: { g: {} } });
    await clock.advance(100);
  }
  assert.ok(nomad.count(/\/v1\/jobs\?/) <= 21, `${nomad.count(/\/v1\/jobs\?/)} lists in 10 s`);
  view.close();
});

test('after a move the job is looked at again until the scheduler had its time', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 3 } } });
  await view.status(web, never);
  await clock.advance(10_000);

  nomad.put('web', { groups: { g: { Running: 3 } } });
  await clock.advance(10);
  assert.equal(running(await view.status(web, never)), 3);
  // The scheduler marks one for stopping: neither the job nor its summary moves.
  nomad.putQuietly('web', { groups: { g: { Running: 2 } } });
  await clock.advance(2_000);
  assert.equal(running(await view.status(web, never)), 2);

  await clock.advance(10_000);
  await view.status(web, never);
  nomad.forget();
  await clock.advance(10_000);
  assert.ok(!(view.status(web, never) instanceof Promise));
  assert.equal(nomad.count(/\/scale/), 0);
  view.close();
});

test('a job with instances that do not run yet is read at each tick', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 1, Desired: 3, Placed: 3 } } });
  await view.status(web, never);
  await clock.advance(30_000);
  nomad.putQuietly('web', { groups: { g: { Running: 2, Desired: 3, Placed: 3 } } });
  assert.equal(running(await view.status(web, never)), 2);
  view.close();
});

test('plugins #139: a deleted job is gone, and a new one of its name is found', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  await view.status(web, never);
  await clock.advance(10_000);
  nomad.remove('web');
  await clock.advance(1_000);
  assert.equal(await view.status(web, never), undefined);
  await clock.advance(60_000);
  assert.equal(await view.status(web, never), undefined);
  nomad.put('web', { groups: { g: { Running: 5 } } });
  await clock.advance(1_000);
  assert.equal(running(await view.status(web, never)), 5);
  view.close();
});

test('plugins #133: a Nomad that answers 500 is an error at once', async () => {
  const { nomad, view } = setUp();
  nomad.answer(() => text(500, 'rpc error: No cluster leader'));
  await assert.rejects(async () => view.status(web, never), {
    message: 'Unexpected response code: 500 (rpc error: No cluster leader)',
    retryable: true,
  });
  view.close();
});

test('plugins #134: a Nomad that hangs is an error after 30 seconds', async () => {
  const { clock, nomad, view } = setUp();
  nomad.answer(() => 'hang');
  const status = Promise.resolve(view.status(web, never));
  const failed = assert.rejects(status, {
    message: 'timeout while waiting for job scale status handler',
    code: 'deadline_exceeded',
  });
  await clock.advance(29_999);
  assert.equal(await Promise.race([status.catch(() => 'failed'), Promise.resolve('waiting')]), 'waiting');
  await clock.advance(1);
  await failed;
  view.close();
});

test('a Nomad that cannot be reached is an error of every job, without a request each; it is gone seconds after Nomad is back', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  await view.status(web, never);
  await clock.advance(10_000);

  nomad.answer(() => new AutoscalerError('connection_failed', 'Get "…": EOF', { blame: 'remote', retryable: true }));
  await clock.advance(1_000);
  nomad.forget();
  for (let at = 0; at < 50; at++) assert.throws(() => view.status(web, never), { code: 'connection_failed' });
  await clock.advance(20_000);
  assert.equal(nomad.count(/\/scale/), 0);
  assert.ok(nomad.count(/\/v1\/jobs\?/) < 20);

  nomad.answer(() => undefined);
  await clock.advance(3_000);
  assert.equal(running(await view.status(web, never)), 2);
  view.close();
});

test('plugins #141: after an error the list is asked for at once, not held', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: {} } });
  await view.status(web, never);
  await clock.advance(10_000);
  nomad.answer(() => text(502, 'bad gateway'));
  nomad.put('web', { groups: { g: {} } });
  nomad.forget();
  await clock.advance(10_000);
  assert.ok(nomad.count(/\/v1\/jobs\?namespace/) > 0, 'without an index');
  assert.equal(nomad.count(/\/v1\/jobs\?index/), 0);
  view.close();
});

test('a held query that breaks alone is no failure', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 1 } } });
  await view.status(web, never);
  nomad.answer((request) => (request.held ? text(504, 'gateway timeout') : undefined));
  for (let at = 0; at < 20; at++) {
    await clock.advance(1_000);
    assert.equal(running(await view.status(web, never)), 1);
  }
  view.close();
});

test('a token that may not list jobs has each job read when it is asked for, at most once a second', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  nomad.answer(({ path }) => (path.startsWith('/v1/jobs') ? text(403, 'Permission denied') : undefined));
  assert.equal(running(await view.status(web, never)), 2);
  assert.equal(running(await view.status(web, never)), 2);
  assert.equal(nomad.count(/\/scale/), 1);
  await clock.advance(10_000);
  nomad.putQuietly('web', { groups: { g: { Running: 3 } } });
  await Promise.all([view.status(web, never), view.status(web, never)]);
  assert.equal(running(await view.status(web, never)), 3);
  assert.equal(nomad.count(/\/scale/), 2);
  assert.equal(nomad.count(/\/v1\/jobs\?/), 1, 'the list is not asked for again soon');
  view.close();
});

test('a list that is none, or not all of it, leaves the jobs to be read one by one', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  for (const body of ['[{"ID":"web","Name', '[null]', '{}']) {
    nomad.answer(({ path }) => (path.startsWith('/v1/jobs') ? text(200, body) : undefined));
    assert.equal(running(await view.status(web, never)), 2);
    await clock.advance(61_000);
  }
  view.close();
});

test('a job that the token may read but that its list leaves out is read at each tick', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  nomad.answer(({ path }) =>
    path.startsWith('/v1/jobs') ? { status: 200, headers: { 'x-nomad-index': '5' }, body: '[]' } : undefined,
  );
  assert.equal(running(await view.status(web, never)), 2);
  await clock.advance(10_000);
  nomad.putQuietly('web', { groups: { g: { Running: 4 } } });
  assert.equal(running(await view.status(web, never)), 4);
  view.close();
});

test('jobs of several namespaces are watched with one list of all of them', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 1 } } });
  nomad.put('web', { namespace: 'prod', groups: { g: { Running: 2 } } });
  assert.equal(running(await view.status(web, never)), 1);
  assert.equal(running(await view.status({ namespace: 'prod', id: 'web' }, never)), 2);
  await clock.advance(10_000);
  nomad.forget();
  nomad.put('web', { namespace: 'prod', groups: { g: { Running: 3 } } });
  await clock.advance(1_000);
  assert.equal(running(await view.status({ namespace: 'prod', id: 'web' }, never)), 3);
  assert.equal(running(await view.status(web, never)), 1);
  assert.ok(nomad.asked.every((one) => !one.includes('/v1/jobs?') || one.includes('namespace=%2A')));
  view.close();
});

test('an active deployment is known, and so is its end', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2, Healthy: 1 } }, deployment: 'running' });
  assert.equal((await view.status(web, never))?.deployment?.status, 'running');
  await clock.advance(30_000);
  nomad.putQuietly('web', { groups: { g: { Running: 2, Healthy: 2 } }, deployment: 'successful' });
  assert.equal((await view.status(web, never))?.deployment, undefined);
  view.close();
});

test('a deployment that the token may not read is no failure, and is not asked for again', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2, Healthy: 1 } }, deployment: 'running' });
  nomad.answer(({ path }) => (path.includes('/deployment') ? text(403, 'Permission denied') : undefined));
  assert.equal((await view.status(web, never))?.deployment, undefined);
  nomad.put('web', { groups: { g: { Running: 2, Healthy: 1 } }, deployment: 'running' });
  await clock.advance(10_000);
  await view.status(web, never);
  assert.equal(nomad.count(/\/deployment/), 1);
  view.close();
});

test('a job that was written to is read again before the list tells of it', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 2 } } });
  await view.status(web, never);
  await clock.advance(30_000);
  nomad.putQuietly('web', { groups: { g: { Running: 2, Desired: 3 } } });
  view.touch(web);
  assert.equal((await view.status(web, never))?.groups.get('g')?.desired, 3);
  view.close();
});

test('allocations are read again when an allocation of the job moved', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: {} }, allocations: [{ ID: 'a', ClientStatus: 'running' }] });
  assert.equal((await view.running(web, never)).length, 1);
  await clock.advance(10_000);
  nomad.forget();
  assert.ok(!(view.running(web, never) instanceof Promise));
  nomad.moveAllocations('web', {
    groups: { g: {} },
    allocations: [{ ID: 'a', ClientStatus: 'running' }, { ID: 'b', ClientStatus: 'running' }, { ID: 'c' }],
  });
  await clock.advance(1_000);
  assert.equal((await view.running(web, never)).length, 2);
  assert.equal(nomad.count(/allocations/), 1);
  view.close();
});

test('who stops waiting does not stop the others', async () => {
  const { clock, nomad, view } = setUp();
  nomad.put('web', { groups: { g: { Running: 1 } } });
  const one = new AbortController();
  const first = Promise.resolve(view.status(web, one.signal));
  const second = Promise.resolve(view.status(web, never));
  one.abort(new Error('stopped'));
  await assert.rejects(first, { message: 'stopped' });
  await clock.advance(1);
  assert.equal(running(await second), 1);
  view.close();
});

test('plugins #140: jobs that nobody asked for in four hours are forgotten, others stay', async () => {
  const { clock, nomad, view } = setUp();
  const other = { namespace: 'prod', id: 'web' };
  const gone = { namespace: 'default', id: 'gone' };
  nomad.put('web', { groups: { g: {} } });
  nomad.put('web', { namespace: 'prod', groups: { g: {} } });
  await view.status(gone, never);
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute += 10) {
      await clock.advance(600_000);
      await view.status(web, never);
      await view.status(other, never);
    }
  };
  await minutes(30);
  assert.equal(view.size, 3, 'asked for half an hour ago');
  await minutes(270);
  assert.equal(view.size, 2, 'asked for five hours ago');
  view.close();
});

test('a view without jobs asks for nothing, and a closed one no more', async () => {
  const { clock, nomad, view } = setUp();
  await clock.advance(60_000);
  assert.deepEqual(nomad.asked, []);
  nomad.put('web', { groups: { g: {} } });
  await view.status(web, never);
  view.close();
  await clock.advance(1);
  nomad.forget();
  await clock.advance(600_000);
  assert.deepEqual(nomad.asked, []);
  assert.equal(clock.pending, 0);
});

/** A job that has been read, so long ago that it is good until it moves. */
async function settledJob() {
  const parts = setUp();
  const { clock, nomad, view } = parts;
  nomad.put('web', { groups: { g: { Running: 2 } } });
  nomad.put('other', { groups: { g: { Running: 1 } } });
  await view.status(web, never);
  await clock.advance(10_000);
  let ended = 0;
  const cancel = view.holds(web, () => ended++);
  assert.ok(cancel !== undefined, 'it holds');
  return { ...parts, cancel, ended: () => ended };
}

test('a status that holds ends when the job moves, and not when another one does', async () => {
  const { clock, nomad, view, ended } = await settledJob();
  await clock.advance(60_000);
  nomad.put('other', { groups: { g: { Running: 3 } } });
  await clock.advance(60_000);
  assert.equal(ended(), 0);
  nomad.put('web', { groups: { g: { Running: 3 } } });
  await clock.advance(60_000);
  assert.equal(ended(), 1);
  nomad.put('web', { groups: { g: { Running: 4 } } });
  await clock.advance(60_000);
  assert.equal(ended(), 1, 'told once');
  view.close();
});

test('a status that holds ends in the turn in which the job is written to, is removed or the view closes', async () => {
  const touched = await settledJob();
  touched.view.touch({ namespace: 'default', id: 'other' });
  assert.equal(touched.ended(), 0);
  touched.view.touch(web);
  assert.equal(touched.ended(), 1);
  assert.equal(
    touched.view.holds(web, () => undefined),
    undefined,
    'what is known of it counts no more',
  );
  touched.view.close();

  const removed = await settledJob();
  removed.nomad.remove('web');
  await removed.clock.advance(10_000);
  assert.equal(removed.ended(), 1);
  removed.view.close();

  const closed = await settledJob();
  closed.view.close();
  assert.equal(closed.ended(), 1);
  assert.equal(
    closed.view.holds(web, () => undefined),
    undefined,
  );
});

test('a status that holds ends when Nomad cannot be reached any more, or refuses the list', async () => {
  for (const answer of [
    new AutoscalerError('connection_failed', 'gone', { blame: 'remote', retryable: true }),
    text(403, 'no'),
  ]) {
    const { clock, nomad, view, ended } = await settledJob();
    nomad.answer(() => answer);
    nomad.put('other', { groups: { g: { Running: 3 } } });
    await clock.advance(10_000);
    assert.equal(ended(), 1);
    assert.equal(
      view.holds(web, () => undefined),
      undefined,
    );
    view.close();
  }
});

test('a status that holds ends when the list is of other namespaces from now on', async () => {
  const { nomad, view, ended } = await settledJob();
  nomad.put('web', { namespace: 'apps', groups: { g: { Running: 1 } } });
  void Promise.resolve(view.status({ namespace: 'apps', id: 'web' }, never)).catch(() => undefined);
  assert.equal(ended(), 1);
  view.close();
});

test('a status that holds ends when a reading that began before says something else', async () => {
  const clock = virtualClock();
  const nomad = new FakeNomad(clock);
  const gate = Promise.withResolvers<void>();
  let isShut = false;
  const client = nomadClient(
    { address: 'http://nomad.test:4646', tls: {}, waitMs: 300_000 },
    async (request, signal) => {
      if (isShut && request.path.includes('/scale')) await gate.promise;
      return nomad.transport(request, signal);
    },
  );
  const view = new JobView(client, { clock, random: () => 0.5, log: noLog });
  nomad.put('web', { groups: { g: { Running: 2 } } });
  await view.status(web, never);
  await clock.advance(10_000);

  isShut = true;
  void view.status({ namespace: 'apps', id: 'web' }, never); // another list is followed from now on
  const again = view.status(web, never);
  assert.ok(again instanceof Promise);
  await clock.advance(1_000);
  let ended = 0;
  assert.ok(view.holds(web, () => ended++) !== undefined);
  nomad.putQuietly('web', { groups: { g: { Running: 3 } } });
  gate.resolve();
  assert.equal(running(await again), 3);
  assert.equal(ended, 1);
  view.close();
});

test('what is taken back is told of no end, and each interest is one of its own', async () => {
  const { view, cancel, ended } = await settledJob();
  let others = 0;
  const other = () => others++;
  const [first] = [view.holds(web, other), view.holds(web, other)];
  first?.();
  cancel();
  view.touch(web);
  assert.deepEqual([ended(), others], [0, 1]);
  view.close();
});

test('only what is good until the job moves holds', async () => {
  const { clock, nomad, view } = setUp();
  const holds = (id: string) => view.holds({ namespace: 'default', id }, () => undefined) !== undefined;
  nomad.put('settled', { groups: { g: { Running: 1 } } });
  nomad.put('starting', { groups: { g: { Running: 1, Desired: 3, Placed: 3 } } });
  const look = async () => {
    for (const id of ['settled', 'starting', 'missing']) await view.status({ namespace: 'default', id }, never);
  };
  assert.equal(holds('settled'), false, 'it was never asked for');
  await look();
  await clock.advance(10_000);
  await look();
  assert.deepEqual(['settled', 'starting', 'missing'].map(holds), [true, false, false]);

  nomad.put('settled', { groups: { g: { Running: 2 } } });
  await clock.advance(1_000);
  await look();
  assert.equal(holds('settled'), false, 'the scheduler may still be at work');
  await clock.advance(6_000);
  await look();
  assert.equal(holds('settled'), true);
  view.close();
});

test('a job whose status holds is not forgotten, however long nobody asks for it', async () => {
  const { clock, view, cancel } = await settledJob();
  const other = { namespace: 'default', id: 'other' };
  const hour = 3_600_000;
  await clock.advance(5 * hour);
  await view.status(other, never);
  assert.equal(view.size, 2);
  cancel();
  await clock.advance(60_000);
  await view.status(other, never);
  assert.equal(view.size, 1);
  view.close();
});
