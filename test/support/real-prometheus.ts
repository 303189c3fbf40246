/** The real Prometheus of the machine, with storage of its own, that scrapes small endpoints of ours once a second. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { serveHttp } from './nomad-http.ts';
import { freePort } from './program.ts';

const binary = '/usr/bin/prometheus';

export const needsPrometheus = {
  skip: !existsSync(binary) && `left out: ${binary} is not there (apt-get install prometheus)`,
};

/** The user that it wants; of the password only the hash is known to it. */
export const login = { basic_auth_user: 'scaler', basic_auth_password: 'test' };
const passwordHash = '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay';

/**
 * Jobs `test` and `remote` have the exposed text; what is asked of `remote` is asked of a remote store as well, which is out of
 * reach. Job `native` has the native histogram `latency`.
 *
 * @returns its address.
 */
export async function startPrometheus(t: TestContext, exposed: string): Promise<string> {
  const { origin } = await serveHttp(t, (request, response) => {
    if (request.url === '/native') {
      const type = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
      response.writeHead(200, { 'content-type': type }).end(nativeHistogram());
    } else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposed);
  });
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const files = { config: join(folder, 'prometheus.yml'), web: join(folder, 'web.yml') };
  const static_configs = [{ targets: [origin.replace('http://', '')] }];
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      { job_name: 'test', static_configs },
      { job_name: 'remote', static_configs },
      { job_name: 'native', metrics_path: '/native', static_configs },
    ],
    remote_read: [{ url: 'http://127.0.0.1:1/read', read_recent: true, required_matchers: { job: 'remote' } }],
  };
  await writeFile(files.config, JSON.stringify(config));
  await writeFile(files.web, JSON.stringify({ basic_auth_users: { [login.basic_auth_user]: passwordHash } }));
  const port = await freePort();
  const flags = [
    `--config.file=${files.config}`,
    `--web.config.file=${files.web}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=native-histograms',
  ];
  const child = spawn(binary, flags, { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${port}`;
}

/** Three observations in one bucket, as a `MetricFamily` of Prometheus' data model in delimited protobuf. */
function nativeHistogram(): Buffer {
  const span = message(uint(1, 0), uint(2, 1));
  const histogram = message(
    ...[uint(1, 3), double(2, 4.5), uint(5, 0), double(6, 1e-128), uint(7, 0)], // count, sum, schema, zero bucket
    ...[bytes(12, span), uint(13, 6)], // one positive bucket; its delta of 3 is zigzag
  );
  const metric = message(bytes(7, histogram));
  const histogramType = 4;
  const family = message(bytes(1, Buffer.from('latency')), uint(3, histogramType), bytes(4, metric));
  return Buffer.concat([varint(family.length), family]);
}

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
const uint = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);

function double(field: number, value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), eight]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) out.push((left % 128) + 128);
  return Buffer.from([...out, left]);
}
