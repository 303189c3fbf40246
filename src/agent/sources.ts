/** Where policies come from: the directory and the Nomad jobs, as configured, and what both say. */
import { isDeepStrictEqual } from 'node:util';
import type { World } from '../lib/world.ts';
import type { PluginSchemas } from '../model/plugin.ts';
import type { Policy, PolicySource } from '../model/policy.ts';
import { type SharedNomad, shareNomad } from '../nomad/shared.ts';
import type { DecodeOptions } from '../policy/decode.ts';
import { type PolicyDirectory, watchPolicies } from '../policy/directory.ts';
import { readNomadPolicy } from '../policy/nomad-document.ts';
import { type NomadJobs, type NomadPolicies, watchNomadJobs } from '../policy/nomad-jobs.ts';
import { type PolicySnapshot, sharedTargets } from '../policy/snapshot.ts';
import type { AgentConfig } from './config.ts';
import type { NomadAccess } from './nomad-settings.ts';
import { pluginLabels, policySettings } from './policy-settings.ts';

export interface SourcesOptions {
  readonly world: World;
  readonly plugins: PluginSchemas;
  /** Told of the policies of a source whenever they change. */
  readonly onPolicies: (source: PolicySource, policies: readonly Policy[]) => void;
}

/** True when the configuration leaves a source to take policies from. */
export function hasSource({ policy, policySources }: AgentConfig): boolean {
  return policySources.nomad || (policySources.file && policy.dir !== '');
}

/** Plugins whose blocks in policies are checked by what the plugins publish. */
const checked = ['strategy', 'target'] as const;

interface OpenDirectory {
  readonly dir: string;
  readonly watched: PolicyDirectory;
}

interface OpenJobs {
  readonly nomad: SharedNomad;
  readonly watched: NomadJobs;
}

export class Sources {
  readonly #options: SourcesOptions;
  readonly #log: World['log'];
  #decode: DecodeOptions | undefined;
  /** Everything that `#decode` depends on. */
  #decodedBy: unknown;
  #directory: OpenDirectory | undefined;
  #jobs: OpenJobs | undefined;
  #files: PolicySnapshot | undefined;
  #ofJobs: NomadPolicies | undefined;
  /** About targets that policies of jobs share with others. */
  #shared: readonly string[] = [];
  /** One change at a time. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#log = options.world.log.named('policy_manager');
  }

  /**
   * Opens, changes and closes sources until they are as configured; with the same settings it only looks again. Policies of
   * a source that is switched off stop.
   *
   * @returns once the files were looked at. Nomad answers when it answers.
   */
  apply(config: AgentConfig, access: NomadAccess): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosed) return;
      this.#useDecoding(config);
      await Promise.all([
        this.#applyDirectory(config.policySources.file ? config.policy.dir : '', this.#decodeOptions()),
        this.#applyJobs(config.policySources.nomad ? access : undefined),
      ]);
    });
  }

  /** Policies in force; of a broken file or job the last good ones. */
  policies(): readonly Policy[] {
    return [...(this.#files?.policies ?? []), ...(this.#ofJobs?.policies ?? [])];
  }

  problems(): readonly string[] {
    const ofJobs = [...(this.#ofJobs?.problems ?? [])].map(([id, problem]) => `policy ${id}: ${problem}`);
    const silent = this.#jobs !== undefined && this.#ofJobs === undefined;
    return [
      ...(this.#files?.problems ?? []),
      ...ofJobs,
      ...(silent ? ['Nomad has not yet told which policies its jobs have'] : []),
    ];
  }

  warnings(): readonly string[] {
    const ofJobs = this.#ofJobs?.policies ?? [];
    return [...(this.#files?.warnings ?? []), ...ofJobs.flatMap((policy) => policy.warnings), ...this.#shared];
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#inTurn(async () => {
      await Promise.all([this.#closeDirectory(), this.#closeJobs()]);
    });
  }

  /** Options stay the same object while they say the same: only then are files that did not change left as they are. */
  #useDecoding(config: AgentConfig): void {
    const { plugins } = this.#options;
    const labels = pluginLabels(config);
    const decode = { settings: policySettings(config), labels, strict: config.policy.strict };
    const checks = checked.flatMap((type) => [...labels[type]].map((label) => plugins.policyConfig(type, label)));
    const all = { ...decode, checks };
    if (isDeepStrictEqual(all, this.#decodedBy)) return;
    this.#decodedBy = all;
    this.#decode = { ...decode, plugins };
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#work.then(work);
    this.#work = mine.catch(() => undefined); // whoever asked is told
    return mine;
  }

  async #applyDirectory(dir: string, decode: DecodeOptions): Promise<void> {
    if (this.#directory?.dir === dir) return this.#directory.watched.rescan(decode);
    if (this.#directory !== undefined) await this.#closeDirectory();
    if (dir === '') {
      if (this.#files !== undefined) this.#options.onPolicies('file', []);
      this.#files = undefined;
      this.#lookForSharing();
      return;
    }
    this.#log.info('starting policy source', { source: 'file' });
    const watched = watchPolicies({
      dir,
      decode,
      world: this.#options.world,
      onChange: (snapshot) => {
        this.#files = snapshot;
        this.#lookForSharing();
        this.#options.onPolicies('file', snapshot.policies);
      },
    });
    this.#directory = { dir, watched };
    await watched.ready;
  }

  async #applyJobs(access: NomadAccess | undefined): Promise<void> {
    const before = this.#jobs;
    if (access === undefined) {
      await this.#closeJobs();
      if (this.#ofJobs !== undefined) this.#options.onPolicies('nomad', []);
      this.#ofJobs = undefined;
      this.#lookForSharing();
      return;
    }
    const nomad = await shareNomad(access.settings, this.#options.world);
    const namespaces = access.onlyNamespaces ?? [];
    if (before !== undefined) {
      before.watched.reload(nomad.client, namespaces);
      this.#jobs = { nomad, watched: before.watched };
      await before.nomad.close();
      return;
    }
    this.#log.info('starting policy source', { source: 'nomad' });
    const watched = watchNomadJobs({
      world: this.#options.world,
      client: nomad.client,
      namespaces,
      read: (document) => readNomadPolicy(document, this.#decodeOptions()),
      onChange: (found) => {
        this.#ofJobs = found;
        this.#lookForSharing();
        this.#options.onPolicies('nomad', found.policies);
      },
    });
    this.#jobs = { nomad, watched };
  }

  /** The directory looks after what its files share. */
  #lookForSharing(): void {
    const told = new Set(this.#shared);
    this.#shared = sharedTargets(this.policies(), (sharing) => sharing.some(({ source }) => source === 'nomad'));
    for (const warning of this.#shared) {
      if (!told.has(warning)) this.#log.warn('policy deserves a look', { warning });
    }
  }

  #decodeOptions(): DecodeOptions {
    if (this.#decode === undefined) throw new Error('sources were not configured');
    return this.#decode;
  }

  async #closeDirectory(): Promise<void> {
    const directory = this.#directory;
    this.#directory = undefined;
    await directory?.watched.close();
  }

  async #closeJobs(): Promise<void> {
    const jobs = this.#jobs;
    this.#jobs = undefined;
    jobs?.watched.close();
    await jobs?.nomad.close();
  }
}
