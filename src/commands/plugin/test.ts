/** `nomad-autoscaler plugin test`: puts a plugin's executable, whoever wrote it, through the rules of its type. */
import { systemClock } from '../../lib/clock.ts';
import { explain } from '../../lib/error.ts';
import { boolFlag, durationFlag, integerFlag, listFlag, textFlag } from '../../lib/flags.ts';
import type { PluginInfo } from '../../model/plugin.ts';
import type { ConformanceCase } from '../../sdk/conformance-case.ts';
import { type ProcessCommand, startSubject, unending } from '../../sdk/subject.ts';
import type { Terminal } from '../shell.ts';
import type { PluginCommandOptions } from './options.ts';
import { suiteOf } from './suite.ts';
import { commandOf, LastWords, readPluginLine, startFlags, tellFailure } from './under-test.ts';

export const testHelp = `Usage: nomad-autoscaler plugin test [options] <executable>

  Puts a plugin through the rules of its type, and prints a line for each: pass,
  FAIL, or skip with the reason. The exit status is 1 when a rule fails. It says
  what it is about to do before it does it. Nothing is scaled without -scale.
  The executable is a path, or the name of a bundled plugin.

Options:

  -config=<key>=<value>, -config=<file>
    A setting of the agent's plugin block, or a configuration file of the agent
    with such a block for this plugin. May be given several times.

  -policy=<key>=<value>, -policy=<file>
    A key of the policy's target or strategy block, or a policy file that uses
    the plugin. From a file an APM's query is taken. May be given several times.

  -bad-config=<key>=<value>, -bad-policy=<key>=<value>
    A setting that the plugin must refuse, in place of the good one.

  -absent=<key>=<value>
    For a target: a key of the policy's block with which there is no such thing.

  -query=<query>, -bad-query=<query>, -empty-query=<query>
    For an APM: a query with data, one that is an error, and one without data.

  -window=<dur>
    For an APM: how far back the query reaches from now. The default is 10m.

  -dry-run=<bool>
    For a target: order a dry run, with count -1 and no direction, which must
    change nothing. The default is true.

  -scale=<count>
    For a target: scale it to this count for real, and back to what it was.

  -args=<argument>
    An argument of the executable. May be given several times.

  -auto-mtls=<bool>
    Offer certificates to the plugin. The default is true.
`;

const flags = {
  ...startFlags,
  config: listFlag,
  policy: listFlag,
  'bad-config': listFlag,
  'bad-policy': listFlag,
  absent: listFlag,
  query: textFlag,
  'bad-query': textFlag,
  'empty-query': textFlag,
  window: durationFlag,
  'dry-run': boolFlag,
  scale: integerFlag,
};

/** @returns the exit status. */
export async function runPluginTest(args: readonly string[], options: PluginCommandOptions): Promise<number> {
  const { terminal } = options;
  const { executable, values } = readPluginLine(flags, args);
  const words = new LastWords();
  const command = await commandOf(executable, values, options, words);
  let info: PluginInfo;
  try {
    info = await ask(command);
  } catch (error) {
    tellFailure(terminal, `Error: plugin ${executable}`, error, words);
    return 1;
  }
  const { cases, plan } = await suiteOf(info, command, values, options);
  terminal.out(`${info.name} (${info.type}): ${command.path}\n${plan}\n`);
  return await judge(cases, words, terminal);
}

async function ask(command: ProcessCommand): Promise<PluginInfo> {
  const launched = await startSubject(command);
  try {
    return await launched.info(unending());
  } finally {
    await launched.process.kill();
  }
}

/** Tries one rule after the other and prints what came of it. */
async function judge(cases: readonly ConformanceCase[], words: LastWords, terminal: Terminal): Promise<number> {
  const begun = systemClock.elapsed();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let basisFailed = false;
  for (const { title, skip, isBasis, run } of cases) {
    const why = basisFailed ? 'it does not work with these settings' : skip;
    if (why !== undefined) {
      counts.skipped++;
      terminal.out(`skip  ${title}: ${why}`);
      continue;
    }
    words.lines();
    try {
      await run();
      counts.passed++;
      terminal.out(`pass  ${title}`);
    } catch (error) {
      counts.failed++;
      basisFailed ||= isBasis === true;
      terminal.out(`FAIL  ${title}: ${inOneLine(error)}`);
      for (const line of words.lines()) terminal.out(`        its stderr: ${line}`);
    }
  }
  const seconds = ((systemClock.elapsed() - begun) / 1000).toFixed(1);
  terminal.out(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, in ${seconds} s`);
  return counts.failed === 0 ? 0 : 1;
}

/** A comparison that failed shows both values over many lines. */
function inOneLine(error: unknown): string {
  return explain(error)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
