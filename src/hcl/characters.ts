/** Which characters make names and numbers. Names are Unicode identifiers that may also hold `-`. */

const startsName = new Uint8Array(128);
const continuesName = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const sign = String.fromCharCode(c);
  startsName[c] = /[A-Za-z_]/.test(sign) ? 1 : 0;
  continuesName[c] = /[A-Za-z0-9_-]/.test(sign) ? 1 : 0;
}

const unicodeStart = /^\p{ID_Start}/u;
const unicodeContinue = /^\p{ID_Continue}/u;

/** @param c  the code unit at `at`. */
export function isIdentifierStart(text: string, at: number, c: number): boolean {
  return c < 128 ? startsName[c] === 1 : unicodeStart.test(text.slice(at, at + 2));
}

/** @returns where the name that starts at `at` ends. */
export function identifierEnd(text: string, at: number, to: number): number {
  let end = at;
  while (end < to) {
    const c = text.charCodeAt(end);
    if (c < 128) {
      if (continuesName[c] === 0) return end;
      end++;
    } else {
      const sign = text.slice(end, end + 2);
      if (!unicodeContinue.test(sign) && !(end === at && unicodeStart.test(sign))) return end;
      end += (sign.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
    }
  }
  return end;
}

/** @returns where the number that starts with the digit at `at` ends. It may still be malformed: `1.2.3` is one token. */
export function numberEnd(text: string, at: number, to: number): number {
  let end = at + 1;
  let scan = end;
  while (scan < to) {
    const c = text.charCodeAt(scan);
    if (isDigit(c)) end = ++scan;
    else if (c === 46) scan++;
    else if (c === 101 || c === 69) {
      const sign = text.charCodeAt(scan + 1);
      const digitAt = sign === 43 || sign === 45 ? scan + 2 : scan + 1;
      if (digitAt >= to || !isDigit(text.charCodeAt(digitAt))) break;
      end = scan = digitAt + 1;
    } else break;
  }
  return end;
}

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}
