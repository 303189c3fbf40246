/** A plugin that runs: its channel, its end, and the bounded way to stop it. Source: spec go-plugin.md §13. */
import { lstatSync, unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, waitAtMost, withDeadline } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Broker, BrokerEnd } from './broker.ts';
import type { Channel } from './channel.ts';
import { type Exit, exitText, type Life } from './child.ts';
import type { Identity } from './diagnosis.ts';
import { GRPCBrokerService } from './generated/goplugin/broker.ts';
import { GRPCControllerService } from './generated/goplugin/controller.ts';
import type { Handshake } from './handshake.ts';
import { type OutputReceivers, receiveOutput } from './stdio.ts';

export interface RunningPlugin {
  readonly path: string;
  readonly life: Life;
  readonly channel: Channel;
  readonly broker: BrokerEnd;
  readonly handshake: Pick<Handshake, 'version' | 'network' | 'address'>;
  /** True when both sides showed their certificates. */
  readonly isEncrypted: boolean;
  readonly clock: Clock;
  /** The plugin's own logger. */
  readonly log: Logger;
  readonly identity: Identity | undefined;
  /** Removes what the host made for this plugin, once its process is gone. */
  readonly cleanUp?: (() => Promise<void>) | undefined;
}

/** How long `Shutdown` may take, and how long the process may take after it. */
const shutdownMs = 2_000;
const graceMs = 2_000;

/** After SIGKILL: a process that hangs in the kernel must not hold its host up. */
const vanishMs = 5_000;

export class PluginProcess {
  readonly path: string;
  readonly pid: number;
  /** The application's version that both sides speak. */
  readonly version: number;
  readonly network: Handshake['network'];
  readonly address: string;
  /** True when both sides showed their certificates. */
  readonly isEncrypted: boolean;
  /** The calls to the plugin's services. Once the process is gone they fail with status CANCELLED. */
  readonly channel: Channel;
  /** Further connections, in either direction; for plugins that know how to use it. */
  readonly broker: Broker;
  /** Settles, never with an error, once the process is gone, whoever ended it. */
  readonly exited: Promise<Exit>;
  readonly #plugin: RunningPlugin;
  readonly #done = new AbortController();
  #killed: Promise<{ readonly forced: boolean }> | undefined;

  constructor(plugin: RunningPlugin, output: OutputReceivers) {
    const { life, channel, broker, handshake } = plugin;
    this.path = plugin.path;
    this.pid = life.pid;
    this.version = handshake.version;
    this.network = handshake.network;
    this.address = handshake.address;
    this.isEncrypted = plugin.isEncrypted;
    this.channel = channel;
    this.broker = broker;
    this.#plugin = plugin;
    this.exited = life.exit;
    void life.exit.then((exit) => {
      broker.close();
      channel.close(`the plugin's process ended: ${exitText(exit) ?? 'exit status 0'}`);
      this.#done.abort();
    });
    receiveOutput(channel, output, plugin.log.named('stdio'));
    broker.attach(channel.duplexStream(GRPCBrokerService.startStream)); // plugins expect it of a host, used or not
  }

  /** Aborts when the process is gone. */
  get done(): AbortSignal {
    return this.#done.signal;
  }

  /**
   * Ends the plugin: asks it to shut down, waits, and kills it after 4 s at the latest. Calling it again, or for a
   * plugin that is gone, is harmless.
   *
   * @returns once the process is gone and its output is read; `forced` when it had to be killed.
   */
  kill(): Promise<{ readonly forced: boolean }> {
    this.#killed ??= this.#kill();
    return this.#killed;
  }

  /** Ends the plugin at once, unasked, with whatever it started; for a host that has no time left. */
  killNow(): void {
    this.#plugin.life.kill();
    this.#removeSockets();
  }

  async #kill(): Promise<{ readonly forced: boolean }> {
    const { life, channel, broker, clock, log, cleanUp } = this.#plugin;
    let forced = false;
    if (!this.done.aborted) {
      broker.close();
      await this.#askToShutDown();
      channel.close();
      if ((await waitAtMost(clock, graceMs, this.exited)) === undefined) {
        forced = true;
        log.warn('plugin failed to exit gracefully');
        life.kill();
      } else {
        log.debug('plugin exited');
      }
    }
    if ((await waitAtMost(clock, vanishMs, life.drained)) === undefined) {
      log.error('plugin cannot be killed', { id: this.pid });
    }
    this.#removeSockets();
    await cleanUp?.();
    return { forced };
  }

  /** What it answers is of no interest: a plugin may well tear the connection down while answering. */
  async #askToShutDown(): Promise<void> {
    const { channel, clock, log } = this.#plugin;
    try {
      await withDeadline(clock, shutdownMs, this.done, (signal) => {
        return channel.unary(GRPCControllerService.shutdown, {}, signal);
      });
    } catch (error) {
      log.trace('plugin did not answer to Shutdown', { error });
    }
  }

  /** A plugin that was killed or crashed leaves its sockets behind. */
  #removeSockets(): void {
    if (this.network === 'unix') this.#removeSocket(this.address);
    for (const path of this.#plugin.broker.sockets) this.#removeSocket(path);
  }

  /** Only what is surely one of them is removed. */
  #removeSocket(path: string): void {
    if (!basename(path).startsWith('plugin')) return;
    try {
      const file = lstatSync(path);
      const { identity } = this.#plugin;
      if (file.isSocket() && (identity === undefined || file.uid === identity.uid)) unlinkSync(path);
    } catch {
      // it is gone already, which is what was wanted
    }
  }
}
