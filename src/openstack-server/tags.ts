/** Tags of servers: what one may be, and the filters by them. */
import { checkLength, invalidInput } from './invalid-input.ts';

export const mostTags = 50;
const longestTag = 60;

/**
 * @param at  its place in the list, for the refusal.
 * @throws 400 for a tag that Nova does not take.
 */
export function checkTag(tag: unknown, at = 0): string {
  if (typeof tag !== 'string') throw invalidInput(String(at), tag, "is not of type 'string'");
  checkLength(String(at), tag, longestTag);
  if (/[,/]/.test(tag)) throw invalidInput(String(at), tag, "does not match '^[^,/]*$'");
  return tag;
}

/** `tags` wants all of them, `tags-any` one; `not-tags` and `not-tags-any` are their contraries. */
export function tagFilter(query: URLSearchParams): (tags: readonly string[]) => boolean {
  const asked = (name: string) => query.get(name)?.split(',');
  const [all, some] = [asked('tags'), asked('tags-any')];
  const [notAll, none] = [asked('not-tags'), asked('not-tags-any')];
  return (tags) => {
    const has = (tag: string) => tags.includes(tag);
    return (
      (all?.every(has) ?? true) &&
      (some?.some(has) ?? true) &&
      !(notAll?.every(has) ?? false) &&
      !(none?.some(has) ?? false)
    );
  };
}
