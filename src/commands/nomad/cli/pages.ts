/** Lists that come in pages and can be filtered. */
import { type FlagValues, integerFlag, textFlag } from '../../../lib/flags.ts';

export const pageFlags = { filter: textFlag, 'per-page': integerFlag, 'page-token': textFlag };

/** Parameters of the request; what is empty is left out. */
export function pageQuery(values: FlagValues<typeof pageFlags>): Record<string, string> {
  const query: Record<string, string> = {};
  if (values.filter) query['filter'] = values.filter;
  if (values['per-page']) query['per_page'] = String(values['per-page']);
  if (values['page-token']) query['next_token'] = values['page-token'];
  return query;
}
