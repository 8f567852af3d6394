import { compute } from './examples-compute.ts';
import { identity } from './examples-identity.ts';
import { network } from './examples-network.ts';
import { placement } from './examples-placement.ts';

/** Ids of one project's resources, by the name of the path parameter that takes them. */
export type Ids = Readonly<Record<string, string>>;

/** Bodies that are good, by `service.operation`. */
export type Examples = Readonly<Record<string, readonly unknown[]>>;

const image = (ids: Ids, name: string): Examples => ({
  'image.add_image': [
    {
      name,
      disk_format: 'raw',
      container_format: 'docker',
      min_disk: 0,
      min_ram: 0,
      visibility: 'shared',
      protected: false,
      tags: ['a'],
      os_hidden: false,
      property: 'p',
    },
  ],
  'image.modify_image': [
    [
      { op: 'replace', path: '/name', value: name },
      { op: 'add', path: '/extra', value: 'v' },
      { op: 'remove', path: '/extra' },
    ],
    [{ op: 'replace', path: '/min_disk', value: 1 }],
    [{ op: 'replace', path: '/tags', value: ['x'] }],
  ],
  'image.add_member': [{ member: ids['other_project_id'] }],
  'image.modify_member': [{ status: 'accepted' }],
  'image.import_image': [
    { method: { name: 'glance-direct' }, stores: ['file'], all_stores_must_succeed: false },
    { method: { name: 'copy-image' }, all_stores: true },
    { method: { name: 'web-download', uri: 'http://127.0.0.1:1/' } },
  ],
});

/** Good bodies of every operation that takes one, about these resources; `name` is for new ones. */
export const examplesOf = (ids: Ids, name: string, password: string): Examples => ({
  ...identity(ids, name, password),
  ...image(ids, name),
  ...placement(ids, name),
  ...network(ids, name),
  ...compute(ids, name),
});
