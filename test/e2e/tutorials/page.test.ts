/** The tutorial of docs/nomad.md prints what the page says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shapeOf } from '../../support/transcript.ts';
import { beginTutorial } from '../../support/tutorial.ts';

const page = readFileSync(new URL('../../../docs/nomad.md', import.meta.url), 'utf8');

test('a job in ten commands, as the page shows it', async (t) => {
  const [, transcript] = /```console\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(transcript);
  const tutorial = await beginTutorial(t);
  await tutorial.play(shapeOf(transcript));
});
