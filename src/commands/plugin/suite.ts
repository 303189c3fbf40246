/** From a command line to the suite of a plugin's type, and to a sentence about what it is going to do. */
import { resolve } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { usageError } from '../../lib/error.ts';
import type { PluginInfo } from '../../model/plugin.ts';
import { type StringMap, targetKeys } from '../../model/policy.ts';
import { apmConformance } from '../../sdk/conformance-apm.ts';
import type { ConformanceCase } from '../../sdk/conformance-case.ts';
import { strategyConformance } from '../../sdk/conformance-strategy.ts';
import { targetConformance } from '../../sdk/conformance-target.ts';
import { asProcess, type ProcessCommand } from '../../sdk/subject.ts';
import { type Written, writtenFiles } from './written.ts';

/** What the command line says about the sample. */
export interface SampleFlags {
  readonly config?: readonly string[];
  readonly policy?: readonly string[];
  readonly 'bad-config'?: readonly string[];
  readonly 'bad-policy'?: readonly string[];
  readonly absent?: readonly string[];
  readonly query?: string;
  readonly 'bad-query'?: string;
  readonly 'empty-query'?: string;
  readonly window?: number;
  readonly 'dry-run'?: boolean;
  readonly scale?: number;
}

export interface Suite {
  readonly cases: readonly ConformanceCase[];
  /** For people: what is going to be done. */
  readonly plan: string;
}

const defaultWindowMs = 600_000;

/**
 * @param command  how the plugin is started; arguments of a configuration file come on top.
 * @throws         `invalid_flag`, `config_invalid` (usage)
 */
export async function suiteOf(
  info: PluginInfo,
  command: ProcessCommand,
  flags: SampleFlags,
  { cwd, env }: { readonly cwd: string; readonly env: ProcessCommand['env'] },
): Promise<Suite> {
  const files = (texts: readonly string[] = []) =>
    texts.filter((text) => !isPair(text)).map((text) => resolve(cwd, text));
  const written = await writtenFiles(info, { config: files(flags.config), policy: files(flags.policy) }, { cwd, env });
  const agentConfig = { ...written.config, ...pairs(flags.config) };
  const common = {
    name: nameOf(command.path, info),
    agentConfig,
    ...given('badAgentConfig', flags['bad-config'], agentConfig),
  };
  const started = { ...command, args: [...command.args, ...written.args] };
  switch (info.type) {
    case 'apm':
      return apmSuite(started, common, flags, written);
    case 'strategy':
      return strategySuite(started, common, flags, written);
    case 'target':
      return targetSuite(started, common, flags, written);
  }
}

interface Common {
  readonly name: string;
  readonly agentConfig: StringMap;
  readonly badAgentConfig?: StringMap;
}

function apmSuite(command: ProcessCommand, common: Common, flags: SampleFlags, written: Written): Suite {
  const { query = written.query, 'bad-query': badQuery, 'empty-query': emptyQuery } = flags;
  const now = systemClock.now();
  const sample = {
    ...common,
    range: { from: now - (flags.window ?? written.windowMs ?? defaultWindowMs), to: now },
    ...(query !== undefined && { query }),
    ...(badQuery !== undefined && { badQuery }),
    ...(emptyQuery !== undefined && { emptyQuery }),
  };
  const asked =
    query === undefined ? 'No -query is given: it is asked nothing.' : `It is asked ${JSON.stringify(query)}.`;
  return { cases: apmConformance(asProcess('apm', command), sample), plan: `${settled(common)}\n${asked}` };
}

function strategySuite(command: ProcessCommand, common: Common, flags: SampleFlags, written: Written): Suite {
  const policyConfig = { ...written.policy, ...pairs(flags.policy) };
  const sample = { ...common, policyConfig, ...given('badPolicyConfig', flags['bad-policy'], policyConfig) };
  return {
    cases: strategyConformance(asProcess('strategy', command), sample),
    plan: `${settled(common)}\nIt decides over made-up metrics, with ${keysOf(policyConfig)} in the strategy block of a policy.`,
  };
}

function targetSuite(command: ProcessCommand, common: Common, flags: SampleFlags, written: Written): Suite {
  const policyConfig = { ...written.policy, ...pairs(flags.policy) };
  const { scale, 'dry-run': dryRun = true } = flags;
  const sample = {
    ...common,
    ...{ policyConfig, dryRun },
    ...given('badPolicyConfig', flags['bad-policy'], policyConfig),
    ...given('absentPolicyConfig', flags.absent, policyConfig),
    ...(scale !== undefined && { scaleTo: scale }),
  };
  const trial = dryRun ? ', and a dry run (count -1) is ordered, which must change nothing' : '';
  const real =
    scale === undefined ? 'Nothing is scaled.' : `Then it is scaled to ${scale} FOR REAL, and back to what it was.`;
  return {
    cases: targetConformance(asProcess('target', command), sample),
    plan: `${settled(common)}\nThe status of a target is asked, with ${keysOf(policyConfig)} in its block${trial}.\n${real}`,
  };
}

const settled = ({ agentConfig }: Common) => `Each rule starts it anew and gives it ${keysOf(agentConfig)}.`;

/** The keys that somebody wrote, and no value: a value may be a secret. */
function keysOf(config: StringMap): string {
  const keys = Object.keys(config).filter((key) => key !== targetKeys.grpcTimeout);
  return keys.length === 0 ? 'no settings' : keys.join(', ');
}

const isPair = (text: string) => text.includes('=');

/** @throws `invalid_flag` (usage) */
function pairs(texts: readonly string[] = []): StringMap {
  return Object.fromEntries(
    texts.filter(isPair).map((text) => {
      const at = text.indexOf('=');
      if (at === 0) throw usageError('invalid_flag', `${JSON.stringify(text)} names no key`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** What is given lies over the good map; what is not given is absent. */
function given<Key extends string>(
  key: Key,
  texts: readonly string[] | undefined,
  good: StringMap,
): { readonly [K in Key]?: StringMap } {
  return (texts === undefined ? {} : { [key]: { ...good, ...pairs(texts) } }) as { readonly [K in Key]?: StringMap };
}

/** An agent compares the name with its driver, which is the name of the executable; a bundled plugin's path ends alike. */
function nameOf(path: string, info: PluginInfo): string {
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/\.exe$/, '');
  return /^(node|python[\d.]*|ruby|sh|bash)$/.test(base) ? info.name : base;
}
