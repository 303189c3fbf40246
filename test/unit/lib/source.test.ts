import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDiagnostic, formatPlace, rangeText, Source } from '../../../src/lib/source.ts';

const web = new Source('web.hcl', 'scaling "web" {\r\n  cooldwn = "5m"\r\n}\n');
const word = { source: web, start: web.text.indexOf('cooldwn'), end: web.text.indexOf('cooldwn') + 7 };

test('a position is line and column from 1', () => {
  assert.deepEqual(web.position(0), { line: 1, column: 1 });
  assert.deepEqual(web.position(word.start), { line: 2, column: 3 });
  assert.deepEqual(web.position(web.text.length), { line: 4, column: 1 });
  assert.equal(formatPlace(word), 'web.hcl:2:3');
});

test('a column is what a reader sees as one character, and a byte order mark is none', () => {
  const text = '\uFEFFa = "👩‍👩‍👧 é" x';
  assert.deepEqual(new Source('a', text).position(text.indexOf('x')), { line: 1, column: 11 });
});

test('a diagnostic says where, what, and what to do', () => {
  const diagnostic = {
    severity: 'error',
    summary: 'Unsupported argument',
    detail: 'Did you mean "cooldown"?',
    range: word,
  } as const;
  assert.equal(formatDiagnostic(diagnostic), 'web.hcl:2:3: Unsupported argument; Did you mean "cooldown"?');
  assert.equal(formatDiagnostic({ ...diagnostic, detail: '', range: undefined }), 'Unsupported argument');
});

test("a range is named as HashiCorp's tools do, over one line or several", () => {
  assert.equal(rangeText(word), 'web.hcl:2,3-10');
  assert.equal(rangeText({ source: web, start: 14, end: web.text.length }), 'web.hcl:1,15-4,1');
});
