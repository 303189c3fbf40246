/** Random JSON, whole and damaged. */

type Random = () => number;

const pieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"\\u00e4"',
  '"\\ud83d\\ude00"',
  '\\',
  '\\x',
  '0',
  '-',
  '1.5e3',
  '01',
  '.5',
  'true',
  'nul',
  'null',
  ' ',
  '\n',
  '\t',
  '\u0001',
  '=',
  '//',
  '/',
  '\u00a0',
  '"',
  "'",
];

/** Every other one is whole. */
export function damagedJson(random: Random): string {
  const below = (limit: number) => Math.floor(random() * limit);
  let text = JSON.stringify(randomValue(random, 3), null, below(3));
  if (random() < 0.5) return text;
  for (let times = 1 + below(2); times > 0; times--) {
    const at = below(text.length + 1);
    text = text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(at + below(3));
  }
  return text.toWellFormed();
}

function randomValue(random: Random, depth: number): unknown {
  const below = (limit: number) => Math.floor(random() * limit);
  const key = () => ['a', 'b c', 'ä', '', '1', 'x.y', 'constructor'][below(7)] ?? '';
  const scalars = [null, true, false, 0, -1, 1.5, 1e-7, 123456789, '', 'text', 'q"\\/\n\u00e4\u{1F600}', '100%', '$1'];
  if (depth === 3 || (depth > 0 && random() < 0.4)) {
    return Object.fromEntries(Array.from({ length: below(4) }, () => [key(), randomValue(random, depth - 1)]));
  }
  if (depth > 0 && random() < 0.3) return Array.from({ length: below(4) }, () => randomValue(random, depth - 1));
  return scalars[below(scalars.length)];
}
