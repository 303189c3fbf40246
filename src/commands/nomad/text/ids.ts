/** IDs as Nomad's command line shows and takes them. */

/** The first eight characters, or all when asked for more. */
export const shortId = (id: string, isVerbose = false): string => (isVerbose ? id : id.slice(0, 8));

/** A prefix of a UUID in the form that Nomad's lists take: an even number of digits. */
export function evenPrefix(prefix: string): string {
  const digits = prefix.replaceAll('-', '').length;
  return digits % 2 === 0 ? prefix : prefix.slice(0, -1);
}
