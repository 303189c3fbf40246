/** Numbers that keep integers exact: plain up to 2^53, bigint beyond. */
import type { BinaryOperator } from './ast.ts';

type Num = number | bigint;

export type Arithmetic = Extract<BinaryOperator, '+' | '-' | '*' | '/' | '%'>;

const largestInteger = 2n ** 4096n;

/** @returns a text that says what is wrong when there is no finite result. */
export function calculate(operator: Arithmetic, left: Num, right: Num): Num | string {
  if ((operator === '/' || operator === '%') && Number(right) === 0) return 'division by zero';
  const quick = plain(operator, Number(left), Number(right));
  const isExact = typeof left === 'number' && typeof right === 'number' && Math.abs(quick) <= Number.MAX_SAFE_INTEGER;
  if (isExact) return quick;
  if (isInteger(left) && isInteger(right)) {
    const a = BigInt(left);
    const b = BigInt(right);
    if (operator !== '/' || a % b === 0n) return normalized(exact(operator, a, b));
  }
  if (!Number.isFinite(quick)) return 'the result is too large';
  return Number.isInteger(quick) ? normalized(BigInt(quick)) : quick;
}

function plain(operator: Arithmetic, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function exact(operator: Arithmetic, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function isInteger(value: Num): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function normalized(value: bigint): Num | string {
  if (value > largestInteger || value < -largestInteger) return 'the result is too large';
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}
