/** Tokens and policies from the command line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nomadCli } from '../../../support/nomad-cli.ts';
import { testNomad } from '../../../support/nomad-server.ts';

function shell(acl: boolean) {
  const nomad = testNomad({ acl });
  const rules = 'namespace "default" { policy = "read" }';
  const files = new Map([['rules.hcl', rules]]);
  return (line: string, token?: string) =>
    nomadCli(nomad, line.split(' '), { files, env: token === undefined ? {} : { NOMAD_TOKEN: token } });
}

const secretIn = (text: string) => /^Secret ID += (\S+)$/m.exec(text)?.[1] ?? '';

test('the first token may do everything, one with a policy what that says, and a deleted one nothing', async () => {
  const nomad = shell(true);
  const first = await nomad('acl bootstrap');
  assert.match(first.stdout, /^Name += Bootstrap Token\nType += management\nGlobal += true\nCreate Time += 2026-/m);
  assert.match(first.stdout, /^Policies += n\/a\nRoles +=? n\/a$/m);
  const management = secretIn(first.stdout);
  const written = await nomad('acl policy apply -description=all reader rules.hcl', management);
  assert.equal(written.stdout, 'Successfully wrote "reader" ACL policy!\n');
  assert.match((await nomad('acl policy list', management)).stdout, /^Name +Description\nreader +all\n$/);

  const made = await nomad('acl token create -name=look -policy=reader', management);
  assert.match(made.stdout, /^Policies += \[reader\]$/m);
  const reader = secretIn(made.stdout);
  assert.equal((await nomad('job status', reader)).stdout, 'No running jobs\n');
  assert.equal((await nomad('acl token list', reader)).stderr, refused('Error listing tokens'));
  assert.equal((await nomad('acl token self', reader)).stdout, made.stdout);
  const [, accessor = ''] = /^Accessor ID += (\S+)$/m.exec(made.stdout) ?? [];
  assert.match(
    (await nomad('acl token list', management)).stdout,
    new RegExp(`^look +client +false +${accessor} +false$`, 'm'),
  );

  assert.equal(
    (await nomad(`acl token delete ${accessor}`, management)).stdout,
    `Token ${accessor} successfully deleted\n`,
  );
  assert.equal((await nomad('job status', reader)).stderr, refused('Error querying jobs'));
});

const refused = (what: string) => `${what}: Unexpected response code: 403 (Permission denied)\n`;

test('a token whose time is over is listed as expired', async () => {
  const nomad = testNomad({ acl: true });
  const { SecretID } = (await nomad.put('/v1/acl/bootstrap')).json;
  const body = JSON.stringify({ Name: 'brief', Type: 'management', ExpirationTTL: 60e9 });
  await nomad.read({ method: 'PUT', url: '/v1/acl/token', body, headers: { 'x-nomad-token': SecretID } });
  const list = async () => (await nomadCli(nomad, ['acl', 'token', 'list'], { env: { NOMAD_TOKEN: SecretID } })).stdout;
  assert.match(await list(), /^brief .* false$/m);
  await nomad.clock.advance(60_000);
  assert.match(await list(), /^brief .* true$/m);
});

test('what cannot be done is told with its reason', async () => {
  const without = shell(false);
  const disabled = 'Unexpected response code: 400 (ACL support disabled)\n';
  assert.equal((await without('acl bootstrap')).stderr, `Error bootstrapping: ${disabled}`);
  assert.equal((await without('acl token list')).stderr, `Error listing tokens: ${disabled}`);
  const nomad = shell(true);
  const management = secretIn((await nomad('acl bootstrap')).stdout);
  assert.match(
    (await nomad('acl token create', management)).stderr,
    /^Error creating token: .*400 \(token 0 invalid: /,
  );
  assert.match(
    (await nomad('acl policy apply reader', management)).stderr,
    /^This command takes two arguments: <name> and <path>\n/,
  );
  assert.match(
    (await nomad('acl policy apply a b.hcl', management)).stderr,
    /^Failed to read file: open b\.hcl: no such file/,
  );
});
