/** A newcomer at a terminal who types what a tutorial says: the built program, each command as a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { builtProgram, freePort, type Program, startProgram, temporaryFolder } from './program.ts';
import { filled, misfit, type Names, type Step, stepsOf } from './transcript.ts';

const fixtures = fileURLToPath(new URL('../fixtures/tutorials', import.meta.url));
const patienceMs = 20_000;

export interface Tutorial {
  /**
   * Types the commands of a transcript and compares what they print. It knows `nomad …`, `nomad agent … &`, which goes on
   * in the background, `curl …` without a process, `curl … | jq -r <path>`, and `watch` before any of them: again until it fits.
   */
  play(transcript: string): Promise<void>;
  /** Where the agent listens. */
  readonly address: string;
  /** The agent that runs in the background. */
  agent(): Program;
  readonly names: Names;
  readonly folder: string;
}

/**
 * @param files  names of `test/fixtures/tutorials` that are in the folder from the start.
 * @param cli    what `nomad …` runs, but for `nomad agent … &`; ours unless given.
 */
export async function beginTutorial(
  t: TestContext,
  files: readonly string[] = [],
  cli: readonly string[] = [process.execPath, builtProgram, 'nomad'],
): Promise<Tutorial> {
  const folder = temporaryFolder(t);
  for (const file of files) copyFileSync(join(fixtures, file), join(folder, file));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const names: Names = new Map();
  let background: Program | undefined;
  t.after(() => background?.stop());

  const run = (line: string): Promise<Ran> => {
    const [program, ...args] = wordsOf(line.replaceAll('$NOMAD_ADDR', address).replaceAll(usualAddress, address));
    if (program === 'nomad')
      return runIn(folder, [...cli, ...args], { NOMAD_ADDR: address, NOMAD_CLI_SHOW_HINTS: '0' });
    if (program === 'curl') return curl(args, folder);
    throw new Error(`no such command here: ${line}`);
  };

  async function step({ command, shape, exit }: Step): Promise<void> {
    const line = filled(command, names);
    if (line.endsWith(' &')) {
      const agent = startProgram([...wordsOf(line).slice(0, -1), `-port=${port}`], { cwd: folder });
      background = agent;
      await agent.line(/Log data will stream in below/);
      return again(async () => ({ output: agent.output().replaceAll(`:${port}`, ':4646'), exit: 0 }));
    }
    if (line.startsWith('watch ')) return again(() => run(line.slice('watch '.length)));
    return fit(line, shape, await run(line), exit);

    async function again(look: () => Promise<Ran>): Promise<void> {
      const until = Date.now() + patienceMs;
      for (;;) {
        const ran = await look();
        if (Date.now() > until) return fit(line, shape, ran, exit);
        if (ran.exit === exit && misfit(shape, ran.output, names) === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  function fit(line: string, shape: string, ran: Ran, exit: number): void {
    const wrong = misfit(shape, ran.output, names);
    assert.ok(wrong === undefined, `$ ${line}\n${ran.output}\n--- does not fit from this line on:\n${wrong}`);
    assert.equal(ran.exit, exit, `$ ${line}\n${ran.output}`);
  }

  return {
    ...{ address, names, folder },
    agent() {
      if (background === undefined) throw new Error('no agent was started');
      return background;
    },
    async play(transcript) {
      for (const one of stepsOf(transcript)) await step(one);
    },
  };
}

/** What tutorials write for the agent's address. */
const usualAddress = 'http://localhost:4646';

interface Ran {
  /** What came on stdout, and below it what came on stderr. */
  readonly output: string;
  readonly exit: number;
}

async function runIn(
  cwd: string,
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
): Promise<Ran> {
  const child = spawn(program, args, {
    ...{ cwd, env: { ...process.env, TZ: 'UTC', ...env } },
    ...{ stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 },
  });
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { output: `${stdout}${stderr}`, exit };
}

/** `curl [-s] [-X METHOD] [-d DATA|@FILE] URL [| jq -r PATH]`. */
async function curl(words: readonly string[], folder: string): Promise<Ran> {
  const pipe = words.indexOf('|');
  const args = (pipe < 0 ? words : words.slice(0, pipe)).filter((word) => word !== '-s');
  const after = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const data = after('-d');
  const body = data?.startsWith('@') ? readFileSync(join(folder, data.slice(1)), 'utf8') : data;
  const method = after('-X') ?? (body === undefined ? 'GET' : 'POST');
  const response = await fetch(args.at(-1) ?? '', { method, ...(body !== undefined && { body }) });
  const answer = await response.text();
  const isPlain = pipe < 0 || !response.ok;
  return { output: isPlain ? answer : jq(JSON.parse(answer), words.at(-1) ?? ''), exit: 0 };
}

/** Follows a path such as `.[0].Networks[1].IP`. Texts come without quotes, all else as JSON. */
function jq(value: unknown, path: string): string {
  const found = [...path.matchAll(/[\w-]+/g)].reduce<unknown>(
    (at, [key]) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
    value,
  );
  return typeof found === 'string' ? found : JSON.stringify(found);
}

/** Words are parted by blanks, unless quoted. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
