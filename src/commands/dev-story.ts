/** Tells on the terminal what happens in `-dev`: in the cloud, in Nomad, and what the agent says of it over its HTTP API. */
import { type Clock, sleep } from '../lib/clock.ts';
import { isAbort } from '../lib/error.ts';
import { type Details, markOf, policyText, type Round, roundText, type Summary } from './dev-rounds.ts';
import { changesOf, nothingSeen, type Sight } from './dev-sight.ts';
import { opening, type StoryPlaces, whatNext } from './dev-text.ts';
import type { Terminal } from './shell.ts';

export interface StoryParts {
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** GET of a JSON document; undefined when it cannot be had just now. */
  readonly getJson: (url: string) => Promise<unknown>;
  /** A look at everything beside the policies. */
  readonly look: () => Sight;
  /** Called when the agent has its policies and none of them scales servers. */
  readonly onNoPool: () => void;
}

const pollMs = 250;

/** @returns once the signal has ended. */
export async function tellStory(places: StoryPlaces, parts: StoryParts, signal: AbortSignal): Promise<void> {
  const { clock, terminal } = parts;
  terminal.out(opening(places));
  const teller = new Teller(places, parts);
  try {
    for (;;) {
      await sleep(clock, pollMs, signal);
      await teller.look();
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

/** What was told of a policy. */
interface Told {
  /** When the round began that was the last to end. */
  lastRound: string | undefined;
  /** When each of the rounds began that the agent still knows. */
  rounds: ReadonlySet<string>;
  inForce: string;
  lastLine: string;
  hasGrown: boolean;
}

class Teller {
  readonly #places: StoryPlaces;
  readonly #parts: StoryParts;
  readonly #policies = new Map<string, Told>();
  #sight = nothingSeen;
  /** The agent has told its policies once. */
  #hasServed = false;
  #isEnding = false;
  #isNextTold = false;

  constructor(places: StoryPlaces, parts: StoryParts) {
    this.#places = places;
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const sight = this.#parts.look();
    for (const change of changesOf(this.#sight, sight)) this.#say('', change);
    this.#sight = sight;
    const { agent } = this.#places;
    const isServing = (await this.#parts.getJson(`${agent}/v1/ready`)) !== undefined;
    if (!isServing) return this.#hasServed ? this.#tellEnding() : undefined;
    const list = (await this.#parts.getJson(`${agent}/v1/policies`)) as readonly Summary[] | undefined;
    if (list === undefined) return;
    const hasPool = list.some(isOfServers);
    if (!this.#hasServed && !hasPool) {
      this.#say('', 'no policy looks after servers, so three Nomad clients come by themselves');
      this.#parts.onNoPool();
    }
    this.#hasServed = true;
    for (const summary of list) await this.#lookAt(summary, !hasPool || isOfServers(summary));
  }

  #tellEnding(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#parts.terminal.out('The agent ends as soon as what it has begun is done. Another Ctrl-C ends it at once.');
  }

  /** @param isLast  the demo is told when this policy has scaled out and in. */
  async #lookAt(summary: Summary, isLast: boolean): Promise<void> {
    const told = this.#toldOf(summary.id);
    const lastRound = summary.last_tick?.at;
    if (told.inForce !== '' && told.lastRound === lastRound) return;
    const url = `${this.#places.agent}/v1/policies/${summary.id}`;
    const details = (await this.#parts.getJson(url)) as Details | undefined;
    if (details === undefined) return;
    this.#tellPolicy(told, summary, details);
    const fresh = details.ticks.filter(({ at }) => !told.rounds.has(at)).reverse();
    for (const round of fresh) this.#tellRound(told, round, summary, details, isLast);
    told.rounds = new Set(details.ticks.map(({ at }) => at));
    told.lastRound = lastRound;
  }

  #toldOf(id: string): Told {
    const fresh = { lastRound: undefined, rounds: new Set<string>(), inForce: '', lastLine: '', hasGrown: false };
    const told = this.#policies.get(id) ?? fresh;
    this.#policies.set(id, told);
    return told;
  }

  #tellPolicy(told: Told, summary: Summary, details: Details): void {
    const now = policyText(summary, details);
    if (now === told.inForce) return;
    this.#say(summary.name, `  ${told.inForce === '' ? 'this policy wants' : 'your edit is in force:'} ${now}`);
    told.inForce = now;
  }

  /** A round like the one before is not worth a line. */
  #tellRound(told: Told, round: Round, summary: Summary, details: Details, isLast: boolean): void {
    const mark = markOf(round);
    const line = `${mark} ${roundText(round, summary, details)}`;
    if (line !== told.lastLine) this.#say(summary.name, line);
    told.lastLine = line;
    if (mark === '▲') told.hasGrown = true;
    if (mark !== '▼' || !told.hasGrown || !isLast || this.#isNextTold) return;
    this.#isNextTold = true;
    this.#parts.terminal.out(whatNext(this.#places));
  }

  #say(who: string, what: string): void {
    const time = new Date(this.#parts.clock.now()).toISOString().slice(11, 19);
    this.#parts.terminal.out(`${time}  ${who.padEnd(8)}  ${what}`);
  }
}

const isOfServers = ({ type }: Summary): boolean => type === 'cluster';
