import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHcl } from '../../../src/hcl/parse.ts';
import { formatDiagnostic, Source } from '../../../src/lib/source.ts';
import { guardStackTraces, problems, walk } from '../../support/hcl.ts';

function messages(text: string): readonly string[] {
  return parseHcl(new Source('web.hcl', text)).diagnostics.map(formatDiagnostic);
}

/** The one error of a text. */
function message(text: string): string {
  const [only = '', ...others] = messages(text);
  assert.deepEqual(others, []);
  return only;
}

test('a byte order mark is no part of the first line', () => {
  assert.deepEqual(walk('\uFEFFmin = 1\n'), [['min', 1]]);
  assert.deepEqual(problems('\uFEFFmin 1\n'), ['1:1 Argument or block definition required']);
  assert.deepEqual(problems('\uFEFFmin = 1 2\n'), ['1:9 Missing newline after argument']);
});

test('columns count what people see as one character', () => {
  assert.deepEqual(problems('a = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}e\u0301" 1\n'), [
    '1:10 Missing newline after argument',
  ]);
});

test('a quoted heredoc marker is one error that says how to write it', () => {
  const text = 'query = <<\'EOQ\'\navg(load{job="x"})\nEOQ\nmin = 1\n';
  assert.equal(
    message(text),
    'web.hcl:1:11: Invalid heredoc marker; The end marker of a heredoc is not quoted: write <<EOQ. To include a literal "${" in the text, double its sign, as in "$${".',
  );
  assert.deepEqual(problems('a = <<-"E"\nx\n  E\nb = 1\n'), ['1:8 Invalid heredoc marker']);
});

test('a forgotten equals sign is named, with the line as it should be', () => {
  assert.match(
    message('policy {\n  cooldown "2m"\n  min = 1\n}\n'),
    /^web\.hcl:2:16: Invalid block definition; .*equals sign is missing: cooldown = "2m"$/,
  );
  assert.match(message('enabled true\n'), /equals sign is missing: enabled = true$/);
  assert.match(message('min 1\n'), /^web\.hcl:1:1: .*use the equals sign "=" to introduce the argument value\.$/);
});

test('the second argument in a block of one line is named', () => {
  const text = 'schedule { start = "0 8 * * *" duration = "10h" }\nmin = 1\n';
  assert.match(
    message(text),
    /^web\.hcl:1:32: Invalid single-argument block definition; .*Put "duration" on a line of its own/,
  );
});

test('a template that was not rendered is named as such, once', () => {
  const text = 'min = ${edge_min}\nmax = ${edge_max}\npolicy {\n  cooldown = ${edge_cooldown}\n}\n';
  assert.match(message(text), /^web\.hcl:1:7: Invalid character; .*looks like a template of another tool/);
  assert.match(
    message('%{ if x }\nmin = 1\n%{ endif }\n'.split('\n')[0] ?? ''),
    /^web\.hcl:1:1: .*looks like a template of another tool/,
  );
});

test('single quotes are one error a string', () => {
  assert.equal(
    message("source = 'prometheus and more'\nmin = 1\n"),
    'web.hcl:1:10: Invalid character; Single quotes are not valid. Use double quotes (") to enclose strings.',
  );
});

test('quoted and dotted names in a block are an error each', () => {
  const text = 'target "x" {\n  "node.class" = "a"\n  labels.tier = "b"\n  Job = "c"\n}\n';
  const [quoted = '', dotted = '', ...others] = messages(text);
  assert.deepEqual(others, []);
  assert.match(quoted, /^web\.hcl:2:3: Invalid argument name; Argument names must not be quoted\. .*plain names/);
  assert.match(dotted, /^web\.hcl:3:3: Argument or block definition required; .*plain name, without dots/);
});

test('each broken item of a file is reported, and what follows it is read', () => {
  const text = 'a = \nb = 1\nc {\n  d = [1 2]\n  e = "x\n  f = 2\n}\ng = )\nh = 3\n}\ni = {\n  j\n}\nk = 4\n';
  assert.deepEqual(problems(text), [
    '1:5 Invalid expression',
    '4:10 Missing item separator',
    '5:9 Invalid multi-line string',
    '8:5 Invalid expression',
    '10:1 Argument or block definition required',
    '12:4 Missing attribute value',
  ]);
  const { body } = parseHcl(new Source('web.hcl', text));
  assert.deepEqual(
    body.node.items.map((item) => (item.kind === 'block' ? item.type : item.name)),
    ['b', 'c', 'h', 'k'],
  );
});

test('bytes that are no UTF-8 are named as such, once', () => {
  assert.deepEqual(problems('\uFFFD\uFFFDs\0c\0\n'), [
    '1:1 Invalid character encoding',
    '1:4 Invalid character',
    '1:6 Invalid character',
  ]);
});

test('an error in the last item of a block does not swallow the brace that closes it', () => {
  const { body, diagnostics } = parseHcl(new Source('web.hcl', 'a {\n  b = ) }\nc = 1\n'));
  assert.equal(diagnostics.length, 1);
  assert.deepEqual(
    body.node.items.map((item) => (item.kind === 'block' ? item.type : item.name)),
    ['a', 'c'],
  );
});

test('an argument that is set twice names the place of the first', () => {
  assert.equal(
    message('a = 1\nb = 2\na = 3\n'),
    'web.hcl:3:1: Attribute redefined; The argument "a" was already set at web.hcl:1,1-2. Each argument may be set only once.',
  );
});

test('sequences of other languages are met with the way to write them', () => {
  assert.match(
    message("a = <<EOT\ntoken: ${TOKEN:''}\nEOT\n"),
    /^web\.hcl:2:16: .*write "\$\$\{" for a literal "\$\{"/,
  );
  assert.match(message('a = "${TOKEN:-x}"\n'), /^web\.hcl:1:13: .*escape it by starting with "\$\$\{"/);
  assert.match(message('a = "${meta.56net}"\n'), /^web\.hcl:1:15: .*escape it by starting with "\$\$\{"/s);
  assert.match(
    message('a = "100%{x}"\n'),
    /^web\.hcl:1:11: Invalid template control keyword; .*double its sign: "%%\{"/,
  );
});

test('a heredoc line that ends in the end marker is a warning', () => {
  const { diagnostics, warnings } = parseHcl(new Source('web.hcl', 'a = <<EOF\none EOF\ntwo\nEOF\n'));
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(warnings.map(formatDiagnostic), [
    'web.hcl:2:5: End marker inside of a line; This line ends with the end marker of the text that it belongs to, so the text goes on behind it. To end the text here, put EOF on a line of its own.',
  ]);
});

guardStackTraces();
