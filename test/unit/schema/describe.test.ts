import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, markdown } from '../../../src/schema/describe.ts';
import {
  block,
  bool,
  duration,
  integer,
  labelled,
  oneOf,
  optional,
  text,
  url,
  withPrefix,
} from '../../../src/schema/field.ts';

const schema = block({
  authUrl: url({ doc: 'Endpoint.', env: 'OS_AUTH_URL' }),
  timeoutMs: duration({ doc: 'Longest wait.', default: '2m' }),
  mode: optional(oneOf(['a', 'b'], { doc: 'Mode.' })),
  headers: withPrefix('header_', text({ doc: 'A header.' })),
  check: labelled(block({ min: integer({ doc: 'Least.', default: 0 }), on: bool({ doc: 'On.' }) }), {
    doc: 'Checks.',
    label: 'name',
  }),
});

test('a schema tells its keys, types, defaults and environment as an operator would write them', () => {
  assert.deepEqual(describe(schema), [
    { key: 'auth_url', type: 'URL', required: true, env: 'OS_AUTH_URL', doc: 'Endpoint.' },
    { key: 'timeout', type: 'duration', required: false, default: '2m', doc: 'Longest wait.' },
    { key: 'mode', type: '`a` or `b`', required: false, doc: 'Mode.' },
    { key: 'header_…', type: 'text', required: false, doc: 'A header.' },
    {
      key: 'check "<name>"',
      type: 'blocks',
      required: false,
      doc: 'Checks.',
      rows: [
        { key: 'min', type: 'integer', required: false, default: '0', doc: 'Least.' },
        { key: 'on', type: 'bool', required: true, doc: 'On.' },
      ],
    },
  ]);
});

test('the table names each key once and gives blocks with fields a table of their own', () => {
  const text = markdown(describe(schema));
  assert.match(text, /\| `auth_url` \| URL \| \*\*required\*\* \| Endpoint\. Environment: `OS_AUTH_URL`\. \|/);
  assert.match(text, /\| `timeout` \| duration \| `2m` \|/);
  assert.match(text, /\n### `check "<name>"`\n\n\| Key .*\n.*\n\| `min` \|/);
});
