/** A target that has the fault that FAULT names, and is sound without one. Its name is PLUGIN_NAME. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { captureOutput } from '../../src/goplugin/capture.ts';
import { makeCertificate } from '../../src/goplugin/mtls.ts';
import { refusal, servePlugin } from '../../src/goplugin/serve.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import { block } from '../../src/schema/field.ts';
import { defineApm, defineTarget } from '../../src/sdk/define.ts';
import { cookie as ours } from '../../src/wire/profile.ts';
import { type Plugin, pluginServices } from '../../src/wire/services.ts';

const fault = process.env['FAULT'] ?? '';
const name = process.env['PLUGIN_NAME'] ?? 'faulty';
const nothing = block({});

/** Of another application. */
const cookie = fault === 'wrong cookie' ? { key: 'TF_PLUGIN_MAGIC_COOKIE', value: 'd602bf8f' } : ours;
const refused = refusal(cookie, process.env);
if (refused !== undefined) {
  process.stderr.write(refused);
  process.exit(1);
}

const output = captureOutput(process);
const log = createLog({ level: 'trace', json: true, location: false, clock: systemClock, write: output.log }).root;
const world = { clock: systemClock, random: Math.random, log, telemetry: noTelemetry, env: process.env };

const target = defineTarget({
  name,
  agentConfig: nothing,
  policyConfig: nothing,
  open: () => {
    if (fault === 'storm') setTimeout(() => process.exit(9), 200);
    return {
      status: async () => {
        if (fault === 'crash mid-call') process.kill(process.pid, 'SIGSEGV');
        if (fault === 'hang' || fault === 'crash mid-call') return new Promise(() => undefined);
        return { ready: true, count: 1, meta: {} };
      },
      scale: () => new Promise(() => undefined),
      close: async () => undefined,
    };
  },
});
const apm = defineApm({ name, agentConfig: nothing, open: () => ({ query: async () => [] }) });
const plugin = (
  fault === 'wrong type'
    ? { info: { name, type: apm.type }, session: apm.open(world), settings: apm.settings }
    : { info: { name, type: target.type }, session: target.open(world), settings: target.settings }
) as Plugin;

/** What a program of another maker would show as its certificate. */
const foreign = fault === 'foreign certificate' ? await makeCertificate(Date.now(), randomBytes, 'P-256') : undefined;
const announce = (line: string) => {
  const shown = foreign && Buffer.from(foreign.der).toString('base64').replaceAll('=', '');
  output.announce(shown === undefined ? line : line.replace(/(\|grpc\|).*/, `$1${shown}`));
  if (fault === 'rubbish after') spawn('yes', ['not for the host'], { stdio: ['ignore', 1, 2] });
  if (fault === 'flood') spawn('yes', [`[WARN] ${'x'.repeat(992)}`], { stdio: ['ignore', 2, 2] });
};
await servePlugin(
  { cookie, versions: { [fault === 'wrong version' ? 5 : 1]: pluginServices(plugin) } },
  { self: process, output: { ...output, announce }, clock: systemClock, log, randomBytes, tempDir: tmpdir() },
);
