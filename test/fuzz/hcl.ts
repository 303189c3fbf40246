/**
 * Random damage to HCL files, judged by HashiCorp's parser and by ours.
 *
 *   node --conditions=source test/fuzz/hcl.ts [count] [seed] [grammar]
 */
import {
  type Complaint,
  corpus,
  type Disagreement,
  difference,
  disagreement,
  judge,
  judgeOurselves,
  ownFixtures,
} from '../support/hcl-oracles.ts';
import { randomFile } from './hcl-grammar.ts';

export interface Difference {
  readonly kind: Disagreement | 'value';
  readonly text: string;
  readonly ours: readonly Complaint[];
  readonly theirs: readonly Complaint[];
  /** Where values differ, and how. */
  readonly values?: string;
}

export interface FuzzResult {
  readonly seed: number;
  readonly count: number;
  /** Texts over which the judge died: no verdict to compare. */
  readonly unjudged: number;
  readonly rejected: number;
  readonly differences: readonly Difference[];
}

/** Damages files `count` times and compares the verdicts on what comes out. */
export function fuzzHcl(count: number, seed: number): Promise<FuzzResult> {
  return compare(damagedFiles(count, mulberry(seed)), seed);
}

/** Files of the corpus and our own, each damaged at random. */
export function damagedFiles(count: number, random: () => number): readonly string[] {
  const files = [...(corpus() ?? []), ...ownFixtures()].map(({ text }) => text).filter((text) => text.length < 8000);
  return Array.from({ length: count }, () => damage(files[Math.floor(random() * files.length)] ?? '', random));
}

/** Pieces of the language in any order. */
export function randomSoup(random: () => number): string {
  const length = Math.floor(random() * 30);
  return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join(
    random() < 0.5 ? ' ' : '',
  );
}

/** Compares the verdicts on random files of the grammar; every third is damaged. */
export function fuzzGrammar(count: number, seed: number): Promise<FuzzResult> {
  const random = mulberry(seed);
  const texts = Array.from({ length: count }, (_, at) =>
    at % 3 === 0 ? damage(randomFile(random), random) : randomFile(random),
  );
  return compare(texts, seed);
}

async function compare(texts: readonly string[], seed: number): Promise<FuzzResult> {
  const verdicts = await judge('reference', texts);
  const differences: Difference[] = [];
  let rejected = 0;
  let unjudged = 0;
  for (const [at, text] of texts.entries()) {
    const theirs = verdicts[at];
    if (theirs === undefined || theirs.died) {
      unjudged++;
      continue;
    }
    const ours = judgeOurselves(text);
    if (!theirs.ok) rejected++;
    const kind = disagreement(ours, theirs);
    const values = ours.ok && theirs.ok ? difference(ours.value, theirs.value) : undefined;
    if (kind !== undefined) differences.push({ kind, text, ours: ours.complaints, theirs: theirs.complaints });
    if (values !== undefined) differences.push({ kind: 'value', text, ours: [], theirs: [], values });
  }
  return { seed, count: texts.length, unjudged, rejected, differences };
}

/** What gets put in: signs and words of the language, and some that are none. */
const pieces = [
  ...'{}[]()"=,.:?!<>+-*/%$~&|;\'`@#\\',
  ...[
    '\n',
    '\r\n',
    '\t',
    '${',
    '%{',
    '$${',
    '%%{',
    '~}',
    '<<EOT\n',
    '<<-EOT\n',
    '\nEOT\n',
    '/*',
    '*/',
    '//',
    '...',
    '=>',
    '::',
    '==',
  ],
  ...[
    'for',
    'in',
    'if',
    'else',
    'endif',
    'endfor',
    'true',
    'null',
    'x',
    'a.b',
    '[*]',
    '.*',
    '0',
    '1e3',
    '1.5',
    '"s"',
    'f(x)',
    'ä',
    '\u00a0',
  ],
  ...[
    '%{ if x }',
    '%{ endif }',
    '%{ for x in y }',
    '%{ endfor }',
    '%{ else ~}',
    '${~ x ~}',
    '\\n',
    '\\u12',
    '\\q',
    'b "c" {\n',
    'a = 1\n',
    'x ? y : z',
  ],
];

/** A text with one to three random changes. */
export function damage(text: string, random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit);
  let damaged = text;
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(damaged.length + 1);
    const end = Math.min(damaged.length, at + 1 + below(random() < 0.8 ? 4 : 60));
    const piece = pieces[below(pieces.length)] ?? '';
    switch (below(5)) {
      case 0:
        damaged = damaged.slice(0, at) + damaged.slice(end);
        break;
      case 1:
        damaged = damaged.slice(0, at) + piece + damaged.slice(end);
        break;
      case 2: {
        const to = below(damaged.length + 1);
        damaged = damaged.slice(0, to) + damaged.slice(at, end) + damaged.slice(to);
        break;
      }
      case 3:
        damaged = random() < 0.1 ? damaged.slice(0, at) : damaged.slice(0, at) + piece + piece + damaged.slice(at);
        break;
      default:
        damaged = damaged.slice(0, at) + piece + damaged.slice(at);
    }
  }
  return damaged.toWellFormed();
}

/** A small generator of numbers in [0, 1) that a seed determines. */
export function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

if (import.meta.main) {
  const count = Number(process.argv[2] ?? 1000);
  const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e9));
  const result = await (process.argv[4] === 'grammar' ? fuzzGrammar : fuzzHcl)(count, seed);
  const counts: Record<string, number> = {};
  for (const { kind, text, ours, theirs, values } of result.differences) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    console.log(JSON.stringify({ kind, ours: ours[0] ?? 'accepts', theirs: theirs[0] ?? 'accepts', values }));
    if (kind === 'verdict' || kind === 'value') console.log(`${text}\n----`);
  }
  const { differences, ...rest } = result;
  console.log(JSON.stringify({ ...rest, ...counts }));
}
