/** Glance: images by their name. Source: spec os-nova.md §9. */
import type { Cloud } from '../cloud.ts';
import { allPages, queryOf } from './pages.ts';
import type { Service } from './service.ts';

export function imagesOf(glance: Service): Cloud['images'] {
  return async (name, signal) => {
    const path = `/images${queryOf({ name })}`;
    const found = await allPages(glance, { path, key: 'images', what: 'image' }, signal);
    return found.filter((one) => one.text('name') === name).map((one) => one.text('id'));
  };
}
