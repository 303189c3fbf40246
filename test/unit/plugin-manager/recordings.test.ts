/** What upstream was recorded to say about plugins that cannot work, or seem not to. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadConfig } from '../../../src/agent/config-files.ts';
import { bundledPlugins } from '../../../src/builtin.ts';
import { explain } from '../../../src/lib/error.ts';
import { configReader } from '../../support/config-reader.ts';
import { processManager } from '../../support/plugin-processes.ts';
import { sharedPath } from '../../support/shared.ts';

/** With the rows of the checklist that they show. */
const recordings = {
  'default-label-other-driver': '',
  'inherit-bad-bool': '',
  'missing-executable': ', plugins #55',
  'prometheus-bad-address': '',
  'prometheus-no-address': ', plugins #58',
  'two-failing': ', plugins #55, #59',
  'wrong-kind': ', plugins #57',
} as const;

for (const [name, rows] of Object.entries(recordings)) {
  const path = sharedPath(`golden/autoscaler/broken/plugin-${name}.txt`);
  const skip = path === undefined && `left out: the recording of ${name} is not beside the project`;

  test(`agent #A90${rows}: the errors are those of the recording ${name}`, { skip }, async (context) => {
    const [, hcl = '', output = ''] =
      /^=== c\.hcl\n([\s\S]*)=== output\n([\s\S]*)$/.exec(readFileSync(path ?? '', 'utf8')) ?? [];
    const files = configReader({ '/in/c.hcl': hcl });
    const { config } = await loadConfig({ paths: ['/in/c.hcl'], flags: {}, cwd: '/' }, files);
    const { apply, folder } = processManager(context, {}, bundledPlugins(process.execPath));
    const errors = await apply(...config.plugins);
    const recorded = output
      .matchAll(/^ {2}\| \\t\* (.*)$/gm)
      .map(([, text = '']) => text.replace('DATA_DIR/plugins', folder));
    assert.deepEqual(errors.map(explain).toSorted(), [...recorded].toSorted());
  });
}
