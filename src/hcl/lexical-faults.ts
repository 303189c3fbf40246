/** What to say about characters that are no part of the language, without saying it twice. */
import { type Fault, mostFaults } from './token.ts';

interface LexicalFaults {
  readonly found: readonly Fault[];
  /** The stretch is a character that cannot be. @param inSequence  whether it stands inside `${…}`. */
  report(start: number, end: number, inSequence: boolean): void;
  /** The heredoc's marker was put in quotes. */
  quotedMarker(start: number, end: number, marker: string): void;
}

/** Compat: HashiCorp HCL's texts; of repeated signs only the first is reported. */
export function lexicalFaults(text: string): LexicalFaults {
  const found: Fault[] = [];
  const told = new Map<string, number>();
  const isNews = (what: string, most: number) => {
    const count = told.get(what) ?? 0;
    told.set(what, count + 1);
    return count < most;
  };
  return {
    found,
    report(start, end, inSequence) {
      const sign = text.slice(start, end);
      const add = (summary: string, detail: string) => found.push({ summary, detail, start, end });
      if (found.length >= mostFaults) return;
      if (sign === "'" || sign === '`') {
        // The second of a pair belongs to the same mistake.
        const count = told.get(sign) ?? 0;
        told.set(sign, count + 1);
        if (count % 2 === 0)
          add('Invalid character', inSequence ? `${quoteDetail[sign]} ${literalSequence}` : quoteDetail[sign]);
      } else if (sign === ';') {
        if (isNews(sign, 1)) add('Invalid character', semicolonDetail);
      } else if (sign === '\uFFFD') {
        // What decoding has put where the bytes were no UTF-8.
        if (isNews(sign, 1)) add('Invalid character encoding', encodingDetail);
      } else if (sign in bitwise) {
        if (isNews('bitwise', 4)) add('Unsupported operator', `Bitwise operators are not supported.${bitwise[sign]}`);
      } else if (/^[\r\n]+$/.test(sign) && sign.includes('\n')) add('Invalid multi-line string', multiLineDetail);
      else if (sign === '$' && text.charCodeAt(end) === 123) {
        if (isNews('template', 1))
          add('Invalid character', `This character is not used within the language. ${unrendered}`);
      } else add('Invalid character', 'This character is not used within the language.');
    },
    quotedMarker(start, end, marker) {
      const detail = `The end marker of a heredoc is not quoted: write <<${marker}. To include a literal "\${" in the text, double its sign, as in "$\${".`;
      found.push({ summary: 'Invalid heredoc marker', detail, start, end });
    },
  };
}

const quoteDetail = {
  "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
  '`': 'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".',
} as const;

/** Other languages have such sequences too. */
const literalSequence = 'If the text around is meant for another language, write "$${" for a literal "${".';

const semicolonDetail =
  'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.';

const encodingDetail = 'All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.';

const multiLineDetail =
  'Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.';

const bitwise: Readonly<Record<string, string>> = {
  '&': ' Did you mean boolean AND ("&&")?',
  '|': ' Did you mean boolean OR ("||")?',
  '~': ' Did you mean boolean NOT ("!")?',
  '^': '',
};

/** What a template sequence in the middle of code is most often. */
export const unrendered =
  'A template sequence outside of a quoted string looks like a template of another tool, such as Terraform, that was not rendered: use its output, or put the value in quotes.';
