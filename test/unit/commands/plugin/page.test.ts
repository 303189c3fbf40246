/** docs/plugins.md against what it describes. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pluginHelp } from '../../../../src/commands/plugin.ts';
import { cookie } from '../../../../src/wire/profile.ts';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/plugins.md');

/** The fields of messages and the values of enumerations: `int64 count = 1`, by the name of what holds them. Ours are above 100. */
function declared(proto: string): readonly (readonly [string, string])[] {
  const shared = 'hashicorp.nomad_autoscaler.plugins.shared.proto.v1.';
  const code = proto.replace(/\/\/.*$/gm, '').replaceAll(shared, '');
  return [...code.matchAll(/^(?:message|enum) (\w+) \{([^}]*)\}/gm)].flatMap(([, name = '', body = '']) =>
    [...body.matchAll(/([^;]+) = (\d{1,2});/g)].map(
      ([, field = '', number]) => [name, `${field.trim()} = ${number}`] as const,
    ),
  );
}

test('the page has every field of every message of the plugins that upstream has', () => {
  const fields = readdirSync(new URL('proto/plugins', root)).flatMap((name) => declared(read(`proto/plugins/${name}`)));
  assert.ok(fields.length > 30);
  for (const [message, field] of fields) {
    const row = page
      .split('\n')
      .find((line) => line.startsWith('| `') && line.split('|')[1]?.includes(`\`${message}\``));
    assert.ok(row?.includes(`\`${field}\``), `${message}: ${field}`);
  }
});

test('the page has the cookie, every service, and every option of plugin test', () => {
  assert.ok(page.includes(`\`${cookie.value}\``) && page.includes(`\`${cookie.key}\``));
  for (const folder of ['plugins', 'goplugin']) {
    for (const name of readdirSync(new URL(`proto/${folder}`, root))) {
      const proto = read(`proto/${folder}/${name}`);
      const within = /^package (.*);$/m.exec(proto)?.[1];
      for (const [, service] of proto.matchAll(/^service (\w+)/gm))
        assert.ok(page.includes(`\`${within}.${service}\``));
    }
  }
  for (const [, option] of pluginHelp(['test']).matchAll(/(?:^ {2}|, )(-[a-z-]+)=/gm)) {
    assert.ok(page.includes(`\`${option}`), option);
  }
});
