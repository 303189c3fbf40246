/** Templates of user data, rendered by Go's own text/template and by ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { buildGoModule } from '../support/go-programs.ts';
import { type Rendered, recordedTemplates, rendered, templateFields } from '../support/templates.ts';
import { randomTemplates } from './template-grammar.ts';

const go = buildGoModule('go-template');

/** What Go can do and we do not: numbers of rare kinds, and rendering without an end in sight. */
const leftOutOfOurs = / not supported|exceeded maximum template depth|more than \d+ steps|longer than \d+ bytes/;

describe('interop with text/template', { skip: go.leftOut }, () => {
  function renderedByGo(templates: readonly string[]): readonly Rendered[] {
    const tasks = templates.map((Source) => ({ Name: 't.gotxt', Source, Fields: Object.entries(templateFields) }));
    const input = tasks.map((task) => `${JSON.stringify(task)}\n`).join('');
    const run = spawnSync(go.path, { input, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 60_000 });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { output = '', step, error } = JSON.parse(line);
        if (error !== undefined) return { error: `error ${step} template file dir/t.gotxt: ${error}` };
        return { output: Buffer.from(output, 'base64').toString('utf8') };
      });
  }

  test('the recorded templates are what Go makes of them', () => {
    const recorded = recordedTemplates();
    const byGo = renderedByGo(recorded.map(({ template }) => template));
    assert.deepEqual(
      recorded,
      recorded.map(({ template }, index) => ({ template, ...byGo[index] })),
    );
  });

  test('random templates give the output, or the error with its position, that Go gives', (t) => {
    const seed = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const templates = randomTemplates(4000, seed);
    const byGo = renderedByGo(templates);
    const differing = templates.flatMap((template, index) => {
      const [theirs, ours] = [byGo[index], rendered(template)];
      const isLeftOut = 'error' in ours && leftOutOfOurs.test(ours.error);
      return isLeftOut || JSON.stringify(theirs) === JSON.stringify(ours) ? [] : [{ template, theirs, ours }];
    });
    const outputs = byGo.filter((one) => 'output' in one).length;
    t.diagnostic(`seed ${seed}: ${templates.length} templates, ${outputs} with an output`);
    assert.ok(outputs > templates.length / 20);
    assert.deepEqual(differing, [], `FC_SEED=${seed} repeats it`);
  });
});
