import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs, table } from '../../../../../src/commands/nomad/text/columns.ts';
import { evenPrefix, shortId } from '../../../../../src/commands/nomad/text/ids.ts';
import { prettyJson } from '../../../../../src/commands/nomad/text/json.ts';
import { bytesText } from '../../../../../src/commands/nomad/text/sizes.ts';
import { templateText } from '../../../../../src/commands/nomad/text/template.ts';
import { ago, fromNow, timeOfNs, timeOfText } from '../../../../../src/commands/nomad/text/times.ts';

const nowMs = Date.UTC(2026, 10, 25, 0, 5, 56);
const second = 1e9;

test('columns are as wide as their widest cell, and nothing is <none>', () => {
  assert.equal(
    table([
      ['ID', 'Class', 'Status'],
      ['abc', '', 'ready'],
    ]),
    'ID   Class   Status\nabc  <none>  ready',
  );
});

test('pairs have their equals signs below one another', () => {
  assert.equal(
    pairs([
      ['ID', '1'],
      ['Job ID', ''],
    ]),
    'ID     = 1\nJob ID = <none>',
  );
});

test('a span is told in its two largest units', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0s ago'],
    [59, '59s ago'],
    [60, '1m ago'],
    [3723, '1h2m ago'],
    [90_000, '1d1h ago'],
    [40 * 86_400, '1mo10d ago'],
  ];
  for (const [seconds, text] of cases) assert.equal(ago((nowMs / 1000 - seconds) * second, nowMs), text);
  assert.equal(ago((nowMs / 1000 + 5) * second, nowMs), '5s in the future');
});

test('times are written to the second, and never is N/A', () => {
  assert.equal(timeOfNs(nowMs * 1e6), '2026-11-25T00:05:56Z');
  assert.equal(timeOfNs(0), 'N/A');
  assert.equal(timeOfText('2026-11-25T00:05:56.123456789Z'), '2026-11-25T00:05:56Z');
  assert.equal(timeOfText(null), 'N/A');
  assert.equal(fromNow(nowMs + 3_195_942_400, nowMs), '887h45m42s from now');
});

test('bytes have one decimal below ten of their unit', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [448 * 1024, '448 KiB'],
    [1.5 * 1024 ** 2, '1.5 MiB'],
    [7.75 * 1024 ** 3, '7.8 GiB'],
    [20_000 * 1024 ** 2, '20 GiB'],
  ];
  for (const [bytes, text] of cases) assert.equal(bytesText(bytes), text);
});

test('JSON has its keys sorted, and what has no type in Nomad its numbers as floats', () => {
  const text = prettyJson({ b: 1, a: [], Config: { n: 2, half: 0.5 }, none: undefined });
  assert.equal(text, '{\n    "Config": {\n        "half": 0.5,\n        "n": 2.0\n    },\n    "a": [],\n    "b": 1\n}');
});

test('a prefix of a UUID is cut to whole bytes, hyphens left out of the count', () => {
  assert.equal(evenPrefix('abc'), 'ab');
  assert.equal(evenPrefix('abcd'), 'abcd');
  assert.equal(evenPrefix('861fe0dc-e3f'), '861fe0dc-e3');
  assert.equal(shortId('861fe0dc-e3f3', false), '861fe0dc');
  assert.equal(shortId('861fe0dc-e3f3', true), '861fe0dc-e3f3');
});

test('a template walks lists and asks for fields', () => {
  const nodes = [
    { Name: 'n1', Meta: { b: '2', a: '1' } },
    { Name: 'n2', Meta: null },
  ];
  assert.equal(templateText('{{range .}}{{.Name}}{{println}}{{end}}', nodes), 'n1\nn2\n');
  assert.equal(templateText('{{ range . }}{{if .Meta}}{{.Meta}}{{.Meta.a}}{{end}};{{end}}', nodes), 'map[a:1 b:2]1;;');
  assert.throws(() => templateText('{{len .}}', nodes), /function "len" not defined/);
  assert.throws(() => templateText('{{range .}}', nodes), /unexpected EOF/);
});
