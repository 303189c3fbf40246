import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variablesIn } from '../../../../src/nomad-server/drivers/task-folder.ts';
import { renderTemplate } from '../../../../src/nomad-server/drivers/template.ts';

const env = { NOMAD_PORT_http: '8080', WHO: 'me' };
const render = (EmbeddedTmpl: string, more: object = {}) =>
  renderTemplate({ EmbeddedTmpl, DestPath: '${DIR}/a', ...more }, env, { DIR: 'local' });

test('a template is plain text with variables of the task, where delimiters may be others and white space may be cut', () => {
  const text = (source: string, more?: object) => {
    const rendered = render(source, more);
    return typeof rendered === 'string' ? rendered : rendered.text;
  };
  assert.equal(text('listen {{ env "NOMAD_PORT_http" }};\n'), 'listen 8080;\n');
  assert.equal(text('a {{- /* nothing */ -}} b'), 'ab');
  assert.equal(text('{{ x }} [[ env "WHO" ]]', { LeftDelim: '[[', RightDelim: ']]' }), '{{ x }} me');
  assert.equal(text('[{{ env "NONE" }}]'), '[]');
});

test('what a template asks of others is refused by name', () => {
  for (const action of ['{{ key "a" }}', '{{ with nomadVar "x" }}', '{{ env "A" | toUpper }}']) {
    assert.match(String(render(`x ${action} y`)), /^template "local\/a": .*only plain text and/, action);
  }
  assert.match(String(render('x {{ env')), /cannot be rendered here/);
  assert.match(String(render('', { SourcePath: '/etc/passwd' })), /only a template with inline data/);
});

test('a template says how it is to be written', () => {
  assert.deepEqual(render('x', { Perms: '600', Envvars: true }), {
    path: 'local/a',
    text: 'x',
    mode: 0o600,
    isEnv: true,
  });
  assert.deepEqual(render('x'), { path: 'local/a', text: 'x', mode: 0o644, isEnv: false });
});

test('lines of a template may be variables', () => {
  const text = '# a comment\nA=1\nexport B = "two words"\n\nnot a variable\nC=\n';
  assert.deepEqual(variablesIn(text), { A: '1', B: 'two words', C: '' });
});
