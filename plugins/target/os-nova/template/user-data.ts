/** User data as Nova takes it. Source: spec os-nova.md §7.3, §10 item 27. */
import { usageError } from 'nomad-autoscaler/sdk';

/** The longest that Nova takes, in base64. */
const maxLength = 65_535;

/**
 * Base64 of the text, whatever it looks like: text that is base64 already is encoded once more.
 *
 * @throws `user_data_too_long` (usage).
 */
export function encodeUserData(text: string): string {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  if (encoded.length <= maxLength) return encoded;
  throw usageError('user_data_too_long', `user data has ${encoded.length} bytes in base64; Nova takes ${maxLength}`);
}
