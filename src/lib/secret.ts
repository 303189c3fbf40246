/** What must not be seen in a log line, an error or an answer: values under telling keys, passwords inside URLs. */

/** Stands where a secret was. */
export const redacted = '<redacted>';

const telling =
  /pass(word|wd|phrase)?$|secret|token|(api|app|access|private)[_-]?key$|credential|authorization|http[_-]?auth$/i;
/** Keys that merely sound so: paths, names and lengths of time. */
const harmless = /(_|-)?(path|dir|file|name|id|ttl|address|url|enabled)$/i;
const known = new Map<string, boolean>();

/** True for `password`, `nomad_token`, `basic_auth_password`, `nomad_http-auth` and the like. */
export function isSecretKey(key: string): boolean {
  let answer = known.get(key);
  if (answer === undefined) {
    answer = telling.test(key) && !harmless.test(key);
    if (known.size < 2000) known.set(key, answer);
  }
  return answer;
}

/** Takes user and password out of every URL in the text: `http://root:hunter2@nomad` becomes `http://<redacted>@nomad`. */
export function withoutUrlSecrets(text: string): string {
  if (!text.includes('@') || !text.includes('://')) return text;
  return text.replace(/:\/\/[^\s/?#"'<>]*@/g, `://${redacted}@`);
}

/** An address as it may be shown. It need not be a good URL: what stands before an at sign is left out anyhow. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z]+:\/\/)?[^/<]*@/i, `$1${redacted}@`);
}

/** A copy of a plugin's map with the values of telling keys and the passwords in URLs taken out. */
export function withoutSecrets(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const copy: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) copy[key] = isSecretKey(key) ? redacted : withoutUrlSecrets(value);
  return copy;
}

/**
 * Takes the given secrets out of a text that somebody else wrote, as the answer of a server that repeats what it was sent,
 * also as JSON escapes them. One of less than six characters is left: it stands in other words by chance.
 */
export function hiding(secrets: readonly (string | undefined)[]): (text: string) => string {
  const whole = secrets.filter((secret) => secret !== undefined && secret.length >= 6) as readonly string[];
  const known = [...new Set(whole.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  return (text) => known.reduce((shown, secret) => shown.replaceAll(secret, redacted), text);
}
