/**
 * Arithmetic as people do it on paper: decimal, so that 0.1 + 0.2 is 0.3, and exact on integers of any size. Only division
 * that does not come out even is rounded.
 */
import type { BinaryOperator } from './ast.ts';
import { numberText } from './literal.ts';

type Num = number | bigint;

export type Arithmetic = Extract<BinaryOperator, '+' | '-' | '*' | '/' | '%'>;

/** The value is `digits` divided by 10 to the power of `scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const largest = 10n ** 1024n;

/** @returns a text that says what is wrong when there is no finite result. */
export function calculate(operator: Arithmetic, left: Num, right: Num): Num | string {
  if ((operator === '/' || operator === '%') && Number(right) === 0) return 'division by zero';
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right) && operator !== '/') {
    const quick = plain(operator, Number(left), Number(right));
    if (Number.isSafeInteger(quick)) return quick === 0 ? 0 : quick;
  }
  const a = decimal(left);
  const b = decimal(right);
  const scale = Math.max(a.scale, b.scale);
  const x = rescaled(a, scale);
  const y = rescaled(b, scale);
  switch (operator) {
    case '+':
      return number({ digits: x + y, scale });
    case '-':
      return number({ digits: x - y, scale });
    case '%':
      return number({ digits: x % y, scale });
    case '*':
      return number({ digits: a.digits * b.digits, scale: a.scale + b.scale });
    case '/':
      return x % y === 0n ? number({ digits: x / y, scale: 0 }) : finite(Number(left) / Number(right));
  }
}

function plain(operator: Exclude<Arithmetic, '/'>, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '%':
      return a % b;
  }
}

function decimal(value: Num): Decimal {
  const [whole = '0', fraction = ''] = numberText(value).split('.', 2);
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function rescaled({ digits, scale }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

function number({ digits, scale }: Decimal): Num | string {
  const unit = 10n ** BigInt(scale);
  if (digits % unit !== 0n) return finite(Number(`${digits}e-${scale}`));
  const integer = digits / unit;
  if (integer > largest || integer < -largest) return 'the result is too large';
  const plain = Number(integer);
  return Number.isSafeInteger(plain) ? plain : integer;
}

function finite(value: number): Num | string {
  if (!Number.isFinite(value)) return 'the result is too large';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
}
