import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../../src/schema/document.ts';
import { evaluated, guardStackTraces, problems, walk } from '../../support/hcl.ts';

const scope = {
  variables: new Map<string, Value>([
    ['x', 'X'],
    ['n', 1.5],
    ['yes', true],
    ['list', ['a', 'b']],
  ]),
};

const templates: readonly (readonly [string, Value])[] = [
  [String.raw`"\n\r\t\"\\"`, '\n\r\t"\\'],
  [String.raw`"\u00e4 \U0001F600"`, 'ä \u{1F600}'],
  ['"$${x} %%{x} $x %x $$ %% 5%"', '${x} %{x} $x %x $$ %% 5%'],
  ['"$$${x}"', '$${x}'],
  ['"${x}"', 'X'],
  ['"${list}"', ['a', 'b']],
  ['"${n}"', 1.5],
  ['"<${n}${yes}>"', '<1.5true>'],
  ['"${"in ${x}"}!"', 'in X!'],
  ['"${ {\n a = "}"\n}.a }"', '}'],
  ['"%{ if yes }1%{ else }2%{ endif }"', '1'],
  ['"%{ if !yes }1%{ endif }"', ''],
  ['"%{ for v in list }<${v}>%{ endfor }"', '<a><b>'],
  ['"%{ for i, v in list }${i}${v}%{ if v == "a" },%{ endif }%{ endfor }"', '0a,1b'],
  ['"a  ${~ x ~}  b"', 'aXb'],
  ['"a  %{~ if yes ~}  b  %{~ endif ~}  c"', 'abc'],
  ['""', ''],
];

test('templates have the values of HCL', () => {
  for (const [text, value] of templates) assert.deepEqual(evaluated(text, scope), value, text);
});

function heredoc(text: string): unknown {
  return walk(`a = ${text}`, scope)[0]?.[1];
}

test('a heredoc keeps its text, with sequences but without backslash escapes', () => {
  assert.equal(heredoc('<<EOT\n  a \\n "${x}" $${x}\n\nb\nEOT\n'), '  a \\n "X" ${x}\n\nb\n');
  assert.equal(heredoc('<<EOT\nEOT\n'), '');
  assert.equal(heredoc('<<EOT\nno EOT\n EOT x\nEOT\n'), 'no EOT\n EOT x\n');
});

test('blanks before and after the end marker of a heredoc do not matter', () => {
  assert.equal(heredoc('<<EOT\na\n\tEOT  \n'), 'a\n');
});

test('an indented heredoc loses the indentation that all its lines share, tabs too', () => {
  assert.equal(heredoc('<<-EOT\n\t\t\tsum(x)\n\t\t\t\tby (y)\n\t\tEOT\n'), 'sum(x)\n\tby (y)\n');
  assert.equal(heredoc('<<-EOT\n    four\n  two\n\n    ${x}\n  EOT\n'), '  four\ntwo\n\n  X\n');
  assert.equal(heredoc('<<-EOT\n    four\n${x}\n  EOT\n'), '    four\nX\n');
});

test('strip markers eat the blanks beside a sequence, at most to the end of the line', () => {
  assert.equal(heredoc('<<EOT\n%{ for v in list ~}\n  ${v}\n%{ endfor ~}\nend\nEOT\n'), '  a\n  b\nend\n');
});

test('a heredoc that the file ends in is an error', () => {
  assert.deepEqual(problems('a = <<EOT\nx\nEOT'), ['3:4 Unterminated template string']);
});

test('CRLF line ends stay as they are in a heredoc and end lines elsewhere', () => {
  assert.deepEqual(walk('a = 1\r\nb = <<EOT\r\nx\r\nEOT\r\nc = 2\r\n'), [
    ['a', 1],
    ['b', 'x\r\n'],
    ['c', 2],
  ]);
});

guardStackTraces();
