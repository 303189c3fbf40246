/** Random HCL that the grammar allows, for judging what damaged files of everyday life never contain. */

type Random = () => number;

/** A file of random items. */
export function randomFile(random: Random): string {
  return new Generator(random).body(3, '');
}

class Generator {
  readonly #random: Random;
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one(...choices: readonly (() => string)[]): string {
    return choices[this.#below(choices.length)]?.() ?? '';
  }

  #many(most: number, one: () => string): readonly string[] {
    return Array.from({ length: this.#below(most + 1) }, one);
  }

  #word(): string {
    return this.#one(
      () => 'x',
      () => 'a-b',
      () => 'für',
      () => '_1',
      () => 'each',
      () => 'if',
      () => 'null_',
    );
  }

  /** Attribute names differ, so that none is set twice. */
  #name(): string {
    return `${this.#word()}${this.#names++}`;
  }

  body(depth: number, indent: string): string {
    const end = () =>
      this.#one(
        () => '\n',
        () => '\r\n',
        () => ' # c\n',
        () => ' // c\n',
        () => ' /* c\n */\n',
        () => '\n\n',
      );
    const item = (): string => {
      if (depth > 0 && this.#random() < 0.3) return indent + this.#block(depth - 1, indent) + end();
      return `${indent}${this.#name()} = ${this.#random() < 0.2 ? this.#heredoc(depth) : this.#expression(depth) + end()}`;
    };
    return this.#many(4, item).join('');
  }

  #block(depth: number, indent: string): string {
    const labels = this.#many(2, () =>
      this.#one(
        () => ' "l"',
        () => ' "q\\"$${r}"',
        () => ' bare',
        () => '"glued"',
      ),
    ).join('');
    const type = this.#name();
    return this.#one(
      () => `${type}${labels} {}`,
      () => `${type}${labels} { ${this.#name()} = ${this.#expression(0)} }`,
      () => `${type}${labels} {\n${this.body(depth, `${indent}  `)}${indent}}`,
    );
  }

  #heredoc(depth: number): string {
    const flush = this.#random() < 0.5 ? '-' : '';
    const blanks = this.#one(
      () => '',
      () => '  ',
      () => '\t',
    );
    const lines = this.#many(
      4,
      () =>
        `${this.#one(
          () => '',
          () => ' ',
          () => '   ',
          () => '\t',
        )}${this.#pieces(depth, false)}\n`,
    );
    return `<<${flush}EOT\n${lines.join('')}${flush === '' ? '' : blanks}EOT${blanks}\n`;
  }

  #pieces(depth: number, quoted: boolean): string {
    const piece = (): string =>
      this.#one(
        () => 'text',
        () => ' ',
        () => '$',
        () => '%',
        () => '$${lit}',
        () => '%%{lit}',
        () => (quoted ? '\\n\\"\\\\\\t' : '\\n "q"'),
        () => (quoted ? '\\u00e4\\U0001F600' : 'ä\u{1F600}'),
        () => this.#sequence(depth),
        () => this.#directive(depth, quoted),
      );
    return this.#many(3, piece).join('');
  }

  #sequence(depth: number): string {
    const [open, close] = [
      this.#one(
        () => '${',
        () => '${~ ',
      ),
      this.#one(
        () => '}',
        () => ' ~}',
      ),
    ];
    return `${open}${this.#expression(depth - 1)}${close}`;
  }

  #directive(depth: number, quoted: boolean): string {
    if (depth <= 0) return '';
    const open = this.#one(
      () => '%{',
      () => '%{~ ',
    );
    const close = this.#one(
      () => '}',
      () => ' ~}',
    );
    const inner = () => this.#pieces(depth - 1, quoted);
    return this.#one(
      () => `${open}if ${this.#expression(depth - 1)}${close}${inner()}%{ endif }`,
      () => `${open}if ${this.#expression(depth - 1)}${close}${inner()}%{ else }${inner()}${open}endif${close}`,
      () => `${open}for x in ${this.#expression(depth - 1)}${close}${inner()}%{ endfor }`,
      () => `${open}for k, v in ${this.#expression(depth - 1)}${close}${inner()}%{ endfor ${close}`,
    );
  }

  #expression(depth: number): string {
    const inner = () => this.#expression(depth - 1);
    const operators = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||'];
    if (depth <= 0) return this.#simple();
    return this.#one(
      () => this.#simple(),
      () => this.#simple(),
      () => `${inner()} ${operators[this.#below(operators.length)]} ${inner()}`,
      () =>
        `${this.#one(
          () => '-',
          () => '!',
        )}${this.#one(
          () => 'x',
          () => '1',
          () => `(${inner()})`,
        )}`,
      () => `${inner()} ? ${inner()} : ${inner()}`,
      () =>
        `(${this.#one(
          () => '',
          () => '\n',
        )}${inner()}${this.#one(
          () => '',
          () => '\n',
          () => ' # c\n',
        )})`,
      () =>
        `[${this.#many(3, inner).join(',\n')}${this.#one(
          () => '',
          () => '\n',
        )}]`,
      () =>
        `{${this.#many(
          3,
          () =>
            `${this.#key(depth)} ${this.#one(
              () => '=',
              () => ':',
            )} ${inner()}`,
        ).join(
          this.#one(
            () => ', ',
            () => '\n',
            () => ',\n',
          ),
        )}}`,
      () =>
        `[for x in ${inner()} : ${inner()}${this.#one(
          () => '',
          () => ` if ${inner()}`,
        )}]`,
      () =>
        `{for k, v in ${inner()} : ${inner()} => ${inner()}${this.#one(
          () => '',
          () => '...',
          () => `\nif ${inner()}`,
        )}}`,
      () =>
        `${this.#one(
          () => 'f',
          () => 'ns::f',
        )}(${this.#many(2, inner).join(', ')})`,
      () =>
        `f(${inner()}${this.#one(
          () => '',
          () => ',',
          () => '...',
        )})`,
      () => `x${this.#many(3, () => this.#step(depth)).join('')}`,
      () => `"${this.#pieces(depth - 1, true)}"`,
    );
  }

  #key(depth: number): string {
    return this.#one(
      () => this.#word(),
      () => '"k e y"',
      () => `(${this.#expression(depth - 1)})`,
      () => '1',
    );
  }

  #step(depth: number): string {
    return this.#one(
      () => '.a',
      () => `[${this.#expression(depth - 1)}]`,
      () => '["k"]',
      () => '[*]',
      () => '.0.z',
      () => '[1]',
    );
  }

  #simple(): string {
    return this.#one(
      () => 'x',
      () => 'true',
      () => 'null',
      () => '0',
      () => '12.50',
      () => '1e3',
      () => '3E-2',
      () => '"s"',
      () => '""',
      () => 'a.b',
      () => '[]',
      () => '{}',
    );
  }
}
