import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoscalerError, briefly, explain, inContext, isAbort, usageError } from '../../../src/lib/error.ts';

const refused = new AutoscalerError('nova_request_failed', 'Nova answered 503', { blame: 'remote', retryable: true });

test('a context adds what was being done and keeps code, blame and retryable of the cause', () => {
  const error = inContext('pool web: cannot add a server', refused);
  assert.ok(error instanceof AutoscalerError);
  assert.deepEqual([error.code, error.blame, error.retryable], ['nova_request_failed', 'remote', true]);
  assert.equal(explain(error), 'pool web: cannot add a server: Nova answered 503');
});

test('a fault that nobody named is ours and will not pass', () => {
  const error = inContext('reading web.hcl', new TypeError('x is undefined'));
  assert.ok(error instanceof AutoscalerError);
  assert.deepEqual([error.code, error.blame, error.retryable], ['unexpected', 'internal', false]);
});

test('an abort passes through as it is', () => {
  const abort = AbortSignal.abort().reason;
  assert.equal(isAbort(abort), true);
  assert.equal(inContext('asking', abort), abort);
  assert.equal(isAbort(refused), false);
});

test('an explanation is one line: outermost first, nothing twice, of whatever was thrown', () => {
  const twice = usageError('bad', 'reading a: no such file', usageError('bad', 'no such file'));
  assert.equal(explain(twice), 'reading a: no such file');
  assert.equal(explain('just a text'), 'just a text');
  assert.equal(explain(undefined), '');
  const circular = new Error('round');
  circular.cause = new Error('about', { cause: circular });
  assert.equal(explain(circular).startsWith('round: about: round'), true);
});

test('a hint stands for the whole chain where one line is wanted, and a subject begins it once', () => {
  const facts = { blame: 'remote', hint: 'ended and said: http://bob:hush@db is away' } as const;
  const inner = new AutoscalerError('plugin_start_failed', 'Unrecognized\nremote', facts);
  const outer = inContext('starting web', inContext('making a client', inner, '/plugins/web'));
  assert.equal(explain(outer), 'starting web: making a client: Unrecognized\nremote');
  assert.equal(briefly(outer), '/plugins/web ended and said: http://<redacted>@db is away');
  assert.equal(briefly(new Error('no hint')), 'no hint');
});
