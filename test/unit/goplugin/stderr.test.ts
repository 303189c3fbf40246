import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StderrForwarder } from '../../../src/goplugin/stderr.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import type { LogLevel } from '../../../src/lib/log.ts';
import { LogBook } from '../../support/goplugin.ts';

function forwarder(options: { readonly longestLine?: number; readonly level?: LogLevel } = {}) {
  const log = new LogBook(options.level);
  const clock = virtualClock();
  const pauses: string[] = [];
  const source = { pause: () => pauses.push('pause'), resume: () => pauses.push('resume') };
  const raw: Uint8Array[] = [];
  const forward = new StderrForwarder(source, {
    log: log.root,
    clock,
    longestLine: options.longestLine ?? 64 * 1024,
    raw: (chunk) => raw.push(chunk),
  });
  const take = (text: string) => forward.take(Buffer.from(text));
  return { log, clock, pauses, forward, take, raw: () => Buffer.concat(raw).toString() };
}

test('lines end at a newline, with or without a carriage return, wherever chunks are cut', () => {
  const { log, take, forward } = forwarder();
  for (const chunk of ['one\r\ntw', 'o\n\nth', 'ree']) take(chunk);
  forward.end();
  assert.deepEqual(log.lines(), ['DEBUG one', 'DEBUG two', 'DEBUG ', 'DEBUG three']);
});

test('a character that is cut in two stays one', () => {
  const { log, forward } = forwarder();
  const bytes = Buffer.from('für\n');
  forward.take(bytes.subarray(0, 2));
  forward.take(bytes.subarray(2));
  assert.deepEqual(log.lines(), ['DEBUG für']);
});

test('go-plugin #105: a prefix is heard at the host’s level', () => {
  const { log, take } = forwarder({ level: 'warn' });
  take('[WARN] test line\n[INFO] quiet\n');
  assert.deepEqual(log.lines(), ['WARN [WARN] test line']);
});

test('go-plugin #106, #113: a raw receiver gets everything, whatever is logged', () => {
  for (const level of ['trace', 'off'] as const) {
    const { take, raw } = forwarder({ level });
    take('HELLO\nWORLD\n');
    assert.equal(raw(), 'HELLO\nWORLD\n');
  }
});

test('go-plugin #107: short and long lines reach the raw receiver byte for byte', () => {
  const { take, raw } = forwarder({ longestLine: 32 });
  const text = `${'a'.repeat(100)}\nb\n${'c'.repeat(32)}\n${'d'.repeat(31)}\n\ne`;
  for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) take(piece);
  assert.equal(raw(), text);
});

test('go-plugin #108: a line that is too long comes in pieces, unread', () => {
  const { log, take } = forwarder({ longestLine: 64 });
  const line = `{"@level":"error","@message":"${'m'.repeat(56)}"}`;
  assert.equal(line.length, 88);
  take(`${line}\n[ERROR] after\n`);
  assert.deepEqual(log.lines(), [`DEBUG ${line.slice(0, 64)}`, `DEBUG ${line.slice(64)}`, 'ERROR [ERROR] after']);
});

test('go-plugin #109: a crash report is an error, line by line', () => {
  const { log, take } = forwarder({ level: 'error' });
  take(`before\npanic: boom\n\n${'main.f(0x1)\n'.repeat(20)}`);
  assert.deepEqual(log.lines(), ['ERROR panic: boom', 'ERROR ', ...Array(20).fill('ERROR main.f(0x1)')]);
});

test('an endless line takes no more memory than its longest piece', () => {
  const { log, take } = forwarder({ longestLine: 1024 });
  for (let chunk = 0; chunk < 100; chunk++) take('x'.repeat(1000));
  assert.equal(log.records.length, 97);
  assert.ok(log.records.every(({ message }) => message.length === 1024));
});

test('a plugin in a log loop loses lines, is told about every 10 s, and is heard again afterwards', async () => {
  const { log, clock, take, forward } = forwarder();
  const line = `${'x'.repeat(1023)}\n`;
  for (let mib = 0; mib < 32; mib++) take(line.repeat(1024));
  const kept = log.lines('debug').length;
  assert.ok(kept > 10_000 && kept < 14_000, `${kept} lines were kept`);
  assert.deepEqual(log.lines('warn'), []);
  await clock.advance(10_000);
  take('calm again\n');
  assert.equal(log.records.at(-1)?.message, 'calm again');
  assert.deepEqual(
    log.records.filter(({ level }) => level === 'warn').map(({ fields }) => fields),
    [{ lines: 32 * 1024 - kept, bytes: (32 * 1024 - kept) * 1023 }],
  );
  forward.end();
});

test('a flood is read in slots, so that the pipe slows its plugin down', async () => {
  const { clock, pauses, take } = forwarder({ level: 'off' });
  const mib = 'x\n'.repeat(2 ** 19);
  for (let read = 0; read < 5; read++) take(mib);
  assert.deepEqual(pauses, ['pause']);
  await clock.advance(100);
  assert.deepEqual(pauses, ['pause', 'resume']);
  take(mib);
  assert.deepEqual(pauses, ['pause', 'resume']);
});

test('the last lines are kept for the error of a start that fails', () => {
  const { take, forward } = forwarder();
  for (let line = 1; line <= 20; line++) take(`line ${line}\n`);
  assert.deepEqual(
    forward.lastLines,
    Array.from({ length: 8 }, (_, at) => `line ${13 + at}`),
  );
});
