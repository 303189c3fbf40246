/** Parts of URLs, into and out of them. */

const plain = /^[\w.~-]*$/;

/** A value of a query, escaped as strictly as Go escapes it; a space is `%20`. */
export function escapeQuery(value: string): string {
  if (plain.test(value)) return value;
  return encodeURIComponent(value).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Who a URL says is asking, decoded: empty texts when it does not. A percent sign that escapes nothing is itself. */
export function urlUser({ username, password }: URL): { readonly user: string; readonly password: string } {
  return { user: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
