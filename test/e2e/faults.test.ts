/** What breaks, what the operator reads, and what goes on: the built program with real processes and files. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startNomad, type TestNomad } from '../support/embedded-nomad.ts';
import { scriptOf } from '../support/plugin-processes.ts';
import { eventually, freePort, type Program, startProgram, temporaryFolder } from '../support/program.ts';

interface Scene {
  readonly folder: string;
  readonly nomad: TestNomad;
  readonly agent: Program;
  readonly get: (path: string) => Promise<never>;
  readonly policies: string;
}

/** A job that follows its CPU, or another target, and what a test wants changed. */
const policy = (
  name: string,
  target = `target "nomad-target" {\n Job = "${name}"\n Group = "app"\n }`,
  max = 5,
) => `scaling "${name}" {
  enabled = true
  type = "horizontal"
  min = 1
  max = ${max}
  policy {
    cooldown = "1s"
    evaluation_interval = "1s"
    check "cpu" {
      query = "avg_cpu-allocated"
      strategy "target-value" {
        target = 70
      }
    }
    ${target}
  }
}
`;

interface Options {
  readonly nomadAddress?: string;
  readonly config?: string;
  readonly plugins?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Record<string, string>;
}

async function scene(t: TestContext, options: Options = {}): Promise<Scene> {
  const folder = temporaryFolder(t);
  const policies = join(folder, 'policies');
  const nomad = await startNomad();
  t.after(() => nomad.close());
  await nomad.register('web', 1);
  nomad.setLoad('web', 65);
  for (const name of ['policies', 'plugins']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries({ 'web.hcl': policy('web'), ...options.files }))
    writeFileSync(join(policies, name), text);
  for (const [name, text] of Object.entries(options.plugins ?? {}))
    writeFileSync(join(folder, 'plugins', name), text, { mode: 0o755 });
  const port = await freePort();
  writeFileSync(
    join(folder, 'agent.hcl'),
    `http {\n bind_port = ${port}\n}\nnomad {\n address = "${options.nomadAddress ?? nomad.address}"\n}\n${options.config ?? ''}`,
  );
  const agent = startProgram(
    [
      'agent',
      `-config=${folder}/agent.hcl`,
      `-policy-dir=${policies}`,
      `-plugin-dir=${folder}/plugins`,
      '-log-level=debug',
    ],
    options.env === undefined ? {} : { env: options.env },
  );
  t.after(() => agent.stop());
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<never>;
  return { folder, nomad, agent, get, policies };
}

/** The web job still reacts to its load. */
async function webStillScales({ nomad }: Scene, cpuMhz = 130): Promise<void> {
  const before = (await nomad.count('web')).desired;
  nomad.setLoad('web', cpuMhz * before);
  await eventually(
    'web is scaled',
    async () => ((await nomad.count('web')).desired > before ? true : undefined),
    30_000,
  );
}

interface PluginRow {
  readonly label: string;
  readonly pid?: number;
  readonly state: string;
  readonly restarts: number;
}

const noStack = (agent: Program) => assert.doesNotMatch(agent.output(), /^\s+at .*:\d+:\d+\)?$/m);

test('a target plugin that is killed is started again, configured again, and the next tick acts', async (t) => {
  const stage = await scene(t);
  const { agent, get } = stage;
  await agent.line(/calculating scaling target/);
  const target = async () =>
    ((await get('/v1/plugins')) as readonly PluginRow[]).find(({ label }) => label === 'nomad-target');
  const first = await eventually('the pid', async () => (await target())?.pid);
  const mark = agent.mark();
  process.kill(first, 'SIGKILL');
  await agent.line(/plugin process exited: .*error="signal: killed"/, 5_000, mark);
  const second = await eventually('another pid', async () => {
    const now = await target();
    return now?.state === 'running' && now.pid !== undefined && now.pid !== first ? now : undefined;
  });
  assert.equal(second.restarts, 1);
  await webStillScales(stage);
  noStack(agent);
});

test('plugins that hang, flood stderr or print rubbish as their handshake cost other policies nothing', async (t) => {
  const other = (name: string) => policy(name, `target "${name}" {}`);
  const script = (name: string, trouble: string) =>
    scriptOf('troublesome-target').replace('exec ', `PLUGIN_NAME=${name} TROUBLE=${trouble} exec `);
  const stage = await scene(t, {
    plugins: {
      hanging: script('hanging', 'hang'),
      flooding: script('flooding', 'flood'),
      // Good at first: what can never work at the start ends the agent with a message, as upstream.
      rubbish: script('rubbish', 'none'),
    },
    config: ['hanging', 'flooding', 'rubbish'].map((name) => `target "${name}" {\n driver = "${name}"\n}\n`).join(''),
    files: { 'hanging.hcl': other('hanging'), 'flooding.hcl': other('flooding'), 'rubbish.hcl': other('rubbish') },
  });
  const { agent, get, folder } = stage;
  const rows = async () => (await get('/v1/plugins')) as readonly PluginRow[];
  const rubbish = async () => (await rows()).find(({ label }) => label === 'rubbish');
  const pid = await eventually('the pid of rubbish', async () => (await rubbish())?.pid);
  rmSync(join(folder, 'plugins/rubbish'));
  writeFileSync(join(folder, 'plugins/rubbish'), '#!/bin/sh\necho "Hello, I am a plugin"\nsleep 60\n', { mode: 0o755 });
  process.kill(pid, 'SIGKILL');
  await agent.line(/Unrecognized remote plugin message: Hello, I am a plugin/);
  await agent.line(
    /policy_id=\S+ .*failed to get target status for target: hanging, .*(within 750ms|deadline exceeded)/,
    30_000,
  );
  await webStillScales(stage);
  assert.equal((await rows()).find(({ label }) => label === 'flooding')?.state, 'running');
  assert.notEqual((await rubbish())?.state, 'running');
  const ready = (await get('/v1/ready')) as { status: string; problems: readonly string[] };
  assert.equal(ready.status, 'degraded');
  assert.match(ready.problems.join('\n'), /plugin rubbish: /);
  assert.ok(agent.output().length < 20_000_000, `the flood filled the log: ${agent.output().length} bytes`);
  noStack(agent);
});

test('while Nomad is away policies hold, and they go on by themselves when it is back', async (t) => {
  const stage = await scene(t);
  const { agent, nomad } = stage;
  await agent.line(/calculating scaling target/);
  await nomad.goAway();
  const mark = agent.mark();
  await agent.line(/failed to get target status for target: nomad-target, .*connection refused/, 30_000, mark);
  nomad.setLoad('web', 130);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.doesNotMatch(agent.output().slice(mark), /desired_count=/);
  await nomad.comeBack();
  await webStillScales(stage);
  noStack(agent);
});

/** Stands before Nomad and spoils what it answers. */
async function spoiler(
  t: TestContext,
  nomadPort: () => number,
): Promise<{ port: number; spoil: (how: 'not' | 'cut' | 'huge' | 'text') => void }> {
  let how: 'not' | 'cut' | 'huge' | 'text' = 'not';
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const stop = new AbortController();
    response.on('close', () => stop.abort());
    try {
      const answer = await fetch(`http://127.0.0.1:${nomadPort()}${request.url}`, {
        method: request.method ?? 'GET',
        signal: stop.signal,
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const body = await answer.text();
      const headers = {
        'content-type': 'application/json',
        'x-nomad-index': answer.headers.get('x-nomad-index') ?? '1',
      };
      if (how === 'not') response.writeHead(answer.status, headers).end(body);
      else if (how === 'text') response.writeHead(200, headers).end('<html>please log in</html>');
      else if (how === 'huge') {
        response.writeHead(200, headers);
        const part = `"${'x'.repeat(1_000_000)}",`;
        response.write('[');
        for (let at = 0; at < 600 && !response.destroyed; at++) {
          if (!response.write(part))
            await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
        }
        response.end('1]');
      } else {
        response.writeHead(200, { ...headers, 'content-length': String(Buffer.byteLength(body) + 100) });
        response.write(body.slice(0, body.length / 2));
        setTimeout(() => response.destroy(), 20);
      }
    } catch {
      response.destroy();
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port,
    spoil: (next) => {
      how = next;
    },
  };
}

test('answers of Nomad that are cut off, huge or not JSON are errors of that moment only', async (t) => {
  let nomadPort = 0;
  const proxy = await spoiler(t, () => nomadPort);
  const stage = await scene(t, { nomadAddress: `http://127.0.0.1:${proxy.port}` });
  nomadPort = stage.nomad.port;
  const { agent } = stage;
  await agent.line(/ from=1 to=1 /, 60_000);
  for (const [how, pattern] of [
    ['text', /it is no JSON, or not all of it: <html>please log in/],
    ['cut', /failed to query source: .*(socket|closed|terminated|ended|EOF)/i],
    ['huge', /failed to query source: .*(large|bytes|long)/i],
  ] as const) {
    const mark = agent.mark();
    proxy.spoil(how);
    await agent.line(pattern, 30_000, mark);
  }
  proxy.spoil('not');
  await webStillScales(stage);
  noStack(agent);
});

test('a policy file that turns invalid keeps its last good policy, says where, and takes effect again once mended', async (t) => {
  const stage = await scene(t);
  const { agent, get, policies } = stage;
  await agent.line(/calculating scaling target/);
  const mark = agent.mark();
  writeFileSync(join(policies, 'web.hcl'), policy('web').replace('  max = 5', '  maxx = 5'));
  await agent.line(/web\.hcl:5:3: .*maxx.*Did you mean \\"max\\"\?/, 5_000, mark);
  assert.equal(((await get('/v1/ready')) as { status: string }).status, 'degraded');
  await agent.line(/calculating scaling target/, 5_000, agent.mark());
  writeFileSync(join(policies, 'half.tmp'), policy('web', undefined, 7));
  renameSync(join(policies, 'half.tmp'), join(policies, 'web.hcl')); // an editor's atomic save
  const mended = await eventually(
    'max 7 in force',
    async () => {
      const [one] = (await get('/v1/policies')) as readonly { max: number }[];
      return one?.max === 7 ? one : undefined;
    },
    3_000,
  );
  assert.equal(mended.max, 7);
  assert.equal(((await get('/v1/ready')) as { status: string }).status, 'ready');
  noStack(agent);
});

test('a policy directory that disappears keeps its policies, and is read again when it returns', async (t) => {
  const stage = await scene(t);
  const { agent, get, policies, folder } = stage;
  await agent.line(/calculating scaling target/);
  renameSync(policies, join(folder, 'elsewhere'));
  await eventually(
    'degraded',
    async () => (((await get('/v1/ready')) as { status: string }).status === 'degraded' ? true : undefined),
    10_000,
  );
  assert.equal(((await get('/v1/policies')) as readonly unknown[]).length, 1);
  await agent.line(/calculating scaling target/, 5_000, agent.mark());
  mkdirSync(policies);
  writeFileSync(join(policies, 'web.hcl'), policy('web', undefined, 8));
  await eventually(
    'max 8 in force',
    async () => {
      const [one] = (await get('/v1/policies')) as readonly { max: number }[];
      return one?.max === 8 ? true : undefined;
    },
    10_000,
  );
  noStack(agent);
});

test('policies behind a symbolic link that is swapped, as Kubernetes does it, are in force within two seconds', async (t) => {
  const stage = await scene(t);
  const { agent, get, folder, policies } = stage;
  await agent.line(/calculating scaling target/);
  for (const [version, max] of [
    ['v1', 6],
    ['v2', 9],
  ] as const) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'web.hcl'), policy('web', undefined, max));
  }
  rmSync(join(policies, 'web.hcl'));
  symlinkSync(join(folder, 'v1'), join(policies, '..data'));
  symlinkSync('..data/web.hcl', join(policies, 'web.hcl'));
  const maxIs = (max: number) =>
    eventually(
      `max ${max}`,
      async () => {
        const [one] = (await get('/v1/policies')) as readonly { max: number }[];
        return one?.max === max ? true : undefined;
      },
      5_000,
    );
  await maxIs(6);
  symlinkSync(join(folder, 'v2'), join(policies, '..data_tmp'));
  renameSync(join(policies, '..data_tmp'), join(policies, '..data'));
  await maxIs(9);
  noStack(agent);
});
