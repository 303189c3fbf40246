/** The address of a service, as an operator writes it. */
import { usageError } from '../lib/error.ts';
import { shownAddress } from '../lib/secret.ts';

/**
 * Compat: the texts are those of upstream's plugins. What has no host is no absolute URL; what has one and cannot be read, or
 * is for something else than HTTP, cannot be parsed.
 *
 * @param key  of the setting.
 * @throws     `invalid_config` (usage).
 */
export function httpAddress(key: string, written: string): URL {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#]/i.test(written)) {
    throw usageError('invalid_config', `${key} must be a valid absolute URL`);
  }
  const url = URL.parse(written);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  const shown = JSON.stringify(shownAddress(written));
  const why = `failed to parse ${key}: parse ${shown}: expected http://host:port or https://host:port`;
  throw usageError('invalid_config', why);
}
