/** Random templates: some of the grammar, some damaged, some of nothing but pieces of the language. */
import fc from 'fast-check';

const constants = [
  ...['1', '-2', '0', '3', '0x1F', '1.5', '1e6', '007', "'a'", "'é'", '"web-1"', '""', '"%d|%5s"', '"%v %q"', '`raw`'],
  ...['true', 'false', 'nil', '"a\\n\\xff"', '9223372036854775808'],
];
const places = ['.', '.Name', '.AZ', '.Empty', '$', '$.Name', '$x', '$y', '.Foo', '.Name.Foo', '$x.Name'];
const functions = [
  ...['and', 'or', 'not', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'len', 'index', 'slice', 'print', 'printf', 'println'],
  ...['html', 'js', 'urlquery', 'call'],
];
const formats = fc
  .array(
    fc.tuple(
      fc.constantFrom('%', 'a', '%%'),
      fc.constantFrom('', '+', '-', '#', ' ', '0', '[1]', '[2]', '-0'),
      fc.constantFrom('', '5', '*', '12'),
      fc.constantFrom('', '.2', '.', '.*', '.0'),
      fc.constantFrom(...'svdqxXtTfegcUoObz'),
    ),
    { maxLength: 3 },
  )
  .map((parts) => `"${parts.flat().join('')}"`);

const grammar = fc.letrec<Record<'operand' | 'command' | 'pipeline' | 'statement' | 'body', string>>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...places),
    fc.constantFrom(...constants),
    formats,
    tie('pipeline').map((inner) => `(${inner})`),
    tie('pipeline').map((inner) => `(${inner}).Name`),
  ),
  command: fc.oneof(
    tie('operand'),
    fc
      .tuple(fc.constantFrom(...functions), fc.array(tie('operand'), { maxLength: 3 }))
      .map(([name, args]) => [name, ...args].join(' ')),
    fc
      .tuple(formats, fc.array(tie('operand'), { maxLength: 3 }))
      .map(([form, args]) => ['printf', form, ...args].join(' ')),
  ),
  pipeline: fc
    .tuple(
      fc.oneof({ weight: 8, arbitrary: fc.constant('') }, fc.constantFrom('$x := ', '$y = ', '$x = ', '$i, $x := ')),
      fc.array(tie('command'), { minLength: 1, maxLength: 3 }),
    )
    .map(([target, commands]) => target + commands.join(' | ')),
  statement: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('text', ' \n ', 'é\n', '{{/* note */}}', '{{- /* note\n */ -}}', '{{break}}', '{{continue}}'),
    tie('pipeline').map((inner) => `{{${inner}}}`),
    tie('pipeline').map((inner) => `{{- ${inner} -}}\n`),
    fc
      .tuple(
        fc.constantFrom('if', 'with', 'range'),
        tie('pipeline'),
        tie('body'),
        tie('body'),
        fc.constantFrom(0, 1, 2),
      )
      .map(([kind, pipeline, body, other, form]) => {
        const otherwise = form === 0 ? '' : form === 1 ? `{{else}}${other}` : `{{else ${kind} .Name}}${other}`;
        return `{{${kind} ${pipeline}}}${body}${otherwise}{{end}}`;
      }),
    fc
      .tuple(fc.constantFrom('"a"', '"b"'), tie('pipeline'), tie('body'))
      .map(([name, pipeline, body]) => `{{block ${name} ${pipeline}}}${body}{{end}}`),
    fc.constantFrom('{{template "a" .}}', '{{template "b"}}', '{{template "c" .Name}}'),
  ),
  body: fc.array(tie('statement'), { maxLength: 4 }).map((all) => all.join('')),
}));

const start = fc.constantFrom(
  '',
  '{{$x := 1}}',
  '{{$x := .Name}}{{$y := .}}',
  '{{define "a"}}[{{.}}]{{end}}{{$y := 2}}',
);
const whole = fc.tuple(start, grammar.body).map((parts) => parts.join(''));
const pieces = [
  ...[
    '{{',
    '}}',
    '{{-',
    ' -}}',
    ' ',
    '\n',
    '|',
    '(',
    ')',
    ',',
    ':=',
    '=',
    '.',
    '"',
    '`',
    "'",
    '\\',
    '/*',
    '*/',
    '+',
    '0x',
    'é',
  ],
  ...[
    'if',
    'else',
    'end',
    'range',
    'define',
    'block',
    'template',
    'break',
    '→',
    '%',
    ...places,
    ...constants,
    ...functions,
  ],
];
const piece = fc.constantFrom(...pieces);
const damaged = fc.tuple(whole, fc.nat(), fc.nat(4), piece).map(([text, at, cut, inserted]) => {
  const from = at % (text.length + 1);
  return text.slice(0, from) + inserted + text.slice(from + cut);
});
const soup = fc.array(piece, { maxLength: 12 }).map((all) => `{{${all.join('')}`);

/** The same for the same seed. */
export const randomTemplates = (count: number, seed: number): readonly string[] =>
  fc.sample(fc.oneof({ weight: 3, arbitrary: whole }, { weight: 3, arbitrary: damaged }, soup), {
    numRuns: count,
    seed,
  });
