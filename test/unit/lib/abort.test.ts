import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unlessAborted } from '../../../src/lib/abort.ts';

test('who gave up before asking is told so, and a failure that then nobody waits for harms nobody', async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const work = Promise.withResolvers<never>();
  await assert.rejects(unlessAborted(work.promise, AbortSignal.abort()), { name: 'AbortError' });
  work.reject(new Error('connection refused'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(unhandled, []);
});
