/**
 * Random damage to HCL files, judged by HashiCorp's parser and by ours.
 *
 *   node --conditions=source test/fuzz/hcl.ts [count] [seed]
 */
import {
  type Complaint,
  corpus,
  type Disagreement,
  disagreement,
  judge,
  judgeOurselves,
  ownFixtures,
} from '../support/hcl-oracles.ts';

export interface Difference {
  readonly kind: Disagreement;
  readonly text: string;
  readonly ours: readonly Complaint[];
  readonly theirs: readonly Complaint[];
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
export async function fuzzHcl(count: number, seed: number): Promise<FuzzResult> {
  const random = mulberry(seed);
  const files = [...(corpus() ?? []), ...ownFixtures()].map(({ text }) => text).filter((text) => text.length < 8000);
  const texts = Array.from({ length: count }, () => damage(files[Math.floor(random() * files.length)] ?? '', random));
  const verdicts = await judge('reference', texts);
  const differences: Difference[] = [];
  let rejected = 0;
  let unjudged = 0;
  for (const [at, text] of texts.entries()) {
    const theirs = verdicts[at];
    const ours = judgeOurselves(text);
    if (theirs === undefined || theirs.died) {
      unjudged++;
      continue;
    }
    if (!theirs.ok) rejected++;
    const kind = disagreement(ours, theirs);
    if (kind !== undefined) differences.push({ kind, text, ours: ours.complaints, theirs: theirs.complaints });
  }
  return { seed, count, unjudged, rejected, differences };
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
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is HCL
    '${~ x ~}',
    '\\n',
    '\\u12',
    '\\q',
    'b "c" {\n',
    'a = 1\n',
    'x ? y : z',
  ],
];

function damage(text: string, random: () => number): string {
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
  const result = await fuzzHcl(count, seed);
  const counts: Record<string, number> = {};
  for (const { kind, text, ours, theirs } of result.differences) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    console.log(JSON.stringify({ kind, ours: ours[0] ?? 'accepts', theirs: theirs[0] ?? 'accepts' }));
    if (kind === 'verdict') console.log(text, '\n----');
  }
  const { differences, ...rest } = result;
  console.log(JSON.stringify({ ...rest, ...counts }));
}
