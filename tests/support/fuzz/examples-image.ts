import type { Examples, Ids } from './examples.ts';

const PROPERTY = { title: 'P', type: 'string', enum: ['x'], operators: ['<in>'], default: 'x' };
const OBJECT = { description: 'd', required: ['p'], properties: { p: PROPERTY } };

/** Good bodies of the image service. */
export const image = (ids: Ids, name: string): Examples => ({
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
    [{ replace: '/name', value: name }],
  ],
  'image.add_member': [{ member: ids['other_project_id'] }],
  'image.modify_member': [{ status: 'accepted' }],
  'image.import_image': [
    { method: { name: 'glance-direct' }, stores: ['file'], all_stores_must_succeed: false },
    { method: { name: 'copy-image' }, all_stores: true },
    { method: { name: 'web-download', uri: 'http://127.0.0.1:1/' } },
  ],
  'image.add_metadef_namespace': [
    { namespace: name },
    {
      namespace: name,
      display_name: 'n',
      description: 'd',
      visibility: 'public',
      protected: false,
      owner: ids['project_id'],
      resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'hw:' }],
      properties: { p: PROPERTY },
      objects: [{ name: 'o', ...OBJECT }],
      tags: [{ name: 't' }],
    },
  ],
  'image.modify_metadef_namespace': [{ namespace: ids['namespace_name'], visibility: 'private' }],
  'image.add_metadef_object': [{ name, ...OBJECT }],
  'image.modify_metadef_object': [{ name: ids['object_name'], ...OBJECT }],
  'image.add_metadef_property': [{ name, ...PROPERTY }],
  'image.modify_metadef_property': [{ name: ids['property_name'], ...PROPERTY }],
  'image.add_metadef_tags': [{ tags: [{ name: 'x' }, { name: 'y' }] }],
  'image.modify_metadef_tag': [{ name: ids['tag_name'] }],
  'image.add_metadef_resource_type_association': [
    { name: 'OS::Nova::Flavor', prefix: 'hw:', properties_target: 'image' },
  ],
});
