/** Glance v2: images by name. Compat: recorded answers. */
import type { ImageSpec, Setting } from '../config.ts';
import { jsonReply } from '../http.ts';
import { toSecond } from '../identifier.ts';
import { Refusal } from '../refusal.ts';
import type { Routes } from '../router.ts';

export function imageRoutes(setting: Setting, startedAt: number): Routes {
  const tell = (image: ImageSpec) => imageJson(image, setting.account.projectId, toSecond(startedAt));
  return {
    'GET /v2/images': ({ query }) => {
      const name = query.get('name');
      const images = setting.images.filter((image) => name === null || image.name === name);
      const first = `/v2/images${query.size === 0 ? '' : `?${query}`}`;
      return jsonReply({ images: images.map(tell), first, schema: '/v2/schemas/images' });
    },
    'GET /v2/images/:id': ({ id }) => {
      const image = setting.images.find((one) => one.id === id);
      if (image === undefined) throw new Refusal(404, `No image found with ID ${id}`);
      return jsonReply(tell(image));
    },
  };
}

const imageJson = ({ id, name }: ImageSpec, owner: string, at: string) => ({
  ...{ name, disk_format: 'raw', container_format: 'bare', visibility: 'public', size: 65_536, virtual_size: 65_536 },
  ...{
    status: 'active',
    checksum: '0'.repeat(32),
    protected: false,
    min_ram: 64,
    min_disk: 1,
    owner,
    os_hidden: false,
    os_hash_algo: 'sha512',
    os_hash_value: '0'.repeat(128),
  },
  ...{ id, created_at: at, updated_at: at, tags: [], self: `/v2/images/${id}`, file: `/v2/images/${id}/file` },
  schema: '/v2/schemas/image',
});
