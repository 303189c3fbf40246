import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTemplate } from '../../../../../../plugins/target/os-nova/template/render.ts';
import { recordedTemplates, rendered } from '../../../../../support/templates.ts';

const fields = {
  Name: 'nom-0d5a7c1e-3a4b',
  AZ: '',
  RandomUUID: '0d5a7c1e-3a4b-4c5d-8e6f-708192a3b4c5',
  ShortRandomUUID: '0d5a7c1e-3a4b',
  PoolName: 'nom-pool',
};
const render = (template: string) => renderTemplate(template, '/etc/nomad-autoscaler/user-data.gotxt', fields);

test('a template of user data gets all five fields, and nothing is escaped', () => {
  const template = `#cloud-config
hostname: {{ .Name }}
{{- if .AZ }}
zone: {{ .AZ }}
{{- end }}
{{- with .PoolName }}
pool: "<{{ . }}>"
{{- end }}
{{- /* ten characters are enough */}}
id: {{ slice .RandomUUID 0 10 }} of {{ .ShortRandomUUID | printf "%q" }}, {{ len .ShortRandomUUID }}
`;
  assert.equal(
    render(template),
    `#cloud-config
hostname: nom-0d5a7c1e-3a4b
pool: "<nom-pool>"
id: 0d5a7c1e-3 of "0d5a7c1e-3a4b", 13
`,
  );
});

test('a field that there is not is an error with file, line and column, and with the fields that there are', () => {
  assert.throws(() => render('a\nb {{ .Nmae }}'), {
    code: 'invalid_template',
    blame: 'usage',
    message:
      'error executing template file /etc/nomad-autoscaler/user-data.gotxt: template: user-data.gotxt:2:5: ' +
      `executing "user-data.gotxt" at <.Nmae>: can't evaluate field Nmae in type struct ` +
      '{ Name string; AZ string; RandomUUID string; ShortRandomUUID string; PoolName string }',
  });
});

test('a template that cannot be read is an error with file and line', () => {
  assert.throws(() => render('a\n{{ if .Name }}\nb'), {
    code: 'invalid_template',
    message:
      'error parsing template file /etc/nomad-autoscaler/user-data.gotxt: template: user-data.gotxt:3: unexpected EOF',
  });
});

test('templates give the output, or the error with its position, that Go gives', () => {
  const recorded = recordedTemplates();
  assert.ok(recorded.length > 400);
  for (const { template, ...expected } of recorded) assert.deepEqual(rendered(template), expected, template);
});

test('a rendering without end is an error: by depth, by steps and by bytes', () => {
  const errors = [
    ['{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}', /exceeded maximum template depth \(500\)/],
    ['{{range 9223372036854775807}}{{end}}', /more than 1000000 steps/],
    ['{{range 1000}}{{$x := printf "%1000000d" 1}}{{end}}', /more than 1000000 steps/],
    ['{{range 100000}}0123456789012345{{end}}', /output longer than 1048576 bytes/],
    ['{{$x := "aa"}}{{range 30}}{{$x = print $x $x}}{{end}}', /error calling print: text longer than 1048576 bytes/],
    ['{{$x := printf "%900000d" 1}}{{println $x $x}}', /error calling println: text longer than 1048576 bytes/],
    ['{{printf "%900000d%900000d" 1 2}}', /error calling printf: text longer than 1048576 bytes/],
    ['{{printf "%.900000f%.900000e" 1.5 1.5}}', /error calling printf: text longer than 1048576 bytes/],
    [`{{${'('.repeat(600)}1${')'.repeat(600)}}}`, /max expression depth exceeded/],
    [`${'{{if 1}}'.repeat(600)}${'{{end}}'.repeat(600)}`, /more than 500 branches inside of each other/],
    [`${'{{block "a" .}}'.repeat(600)}${'{{end}}'.repeat(600)}`, /more than 500 branches inside of each other/],
  ] as const;
  for (const [template, message] of errors)
    assert.throws(() => render(template), { code: 'invalid_template', message });
});

test('templates as deep as they may be are rendered', () => {
  const deep = 450;
  const inner = `${'('.repeat(deep)}.Name${')'.repeat(deep)}`;
  assert.equal(render(`{{${inner} | len}}`), '17');
  assert.equal(render(`${'{{if 1}}'.repeat(deep)}${inner}${'{{end}}'.repeat(deep)}`), inner);
  assert.throws(() => render(`${'{{if 1}}'.repeat(deep)}{{${inner}}}${'{{end}}'.repeat(deep)}`), {
    message: /exceeded maximum template depth \(500\)$/,
  });
});

test('what Go can and we cannot is said: complex numbers, and the bits of a float64', () => {
  assert.throws(() => render('{{1+2i}}'), {
    message: /user-data.gotxt:1: complex numbers are not supported: "1\+2i"$/,
  });
  assert.throws(() => render('{{printf "%x" 1.5}}'), {
    message: /error calling printf: %x of a float64 is not supported$/,
  });
});
