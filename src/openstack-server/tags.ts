/** Tags of servers: what one may be, and the filters by them. */
import { Refusal } from './refusal.ts';

export const mostTags = 50;

/** @throws 400 for a tag that Nova does not take. */
export function checkTag(tag: unknown): string {
  if (typeof tag === 'string' && /^[^,/]{1,60}$/.test(tag)) return tag;
  const value = JSON.stringify(tag);
  throw new Refusal(
    400,
    `Invalid input for field/attribute tags. Value: ${value}. ${value} is too long or holds / or ,`,
  );
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
