import { compute } from './examples-compute.ts';
import { network } from './examples-network.ts';
import { placement } from './examples-placement.ts';

/** Ids of one project's resources, by the name of the path parameter that takes them. */
export type Ids = Readonly<Record<string, string>>;

/** Bodies that are good, by `service.operation`. */
export type Examples = Readonly<Record<string, readonly unknown[]>>;

const identity = (ids: Ids, name: string, password: string): Examples => {
  const user = { name: 'admin', domain: { id: 'default' }, password };
  const issue = (auth: object) => ({ auth });
  return {
    'identity.issue_token': [
      issue({
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: 'admin', domain: { id: 'default' } } },
      }),
      issue({
        identity: { methods: ['token'], token: { id: ids['subject_token'] } },
        scope: { project: { id: ids['project_id'] } },
      }),
      issue({
        identity: {
          methods: ['password'],
          password: { user: { id: ids['user_id'], password: 'x' } },
        },
        scope: { domain: { id: 'default' } },
      }),
      issue({
        identity: { methods: ['password'], password: { user } },
        scope: { system: { all: true } },
      }),
    ],
    'identity.create_domain': [{ domain: { name, description: 'd', enabled: true, options: {} } }],
    'identity.update_domain': [{ domain: { name, description: 'e', enabled: false } }],
    'identity.create_project': [
      {
        project: {
          name,
          domain_id: 'default',
          description: 'd',
          enabled: true,
          tags: ['a'],
          parent_id: ids['project_id'],
          is_domain: false,
        },
      },
    ],
    'identity.update_project': [{ project: { name, description: 'e', enabled: true } }],
    'identity.update_project_tags': [{ tags: ['x', 'y'] }],
    'identity.create_user': [
      {
        user: {
          name,
          domain_id: 'default',
          password: 'secret',
          email: 'a@b',
          enabled: true,
          default_project_id: ids['project_id'],
        },
      },
    ],
    'identity.update_user': [{ user: { name, description: 'e', enabled: true, email: 'x' } }],
    'identity.change_password': [{ user: { password: 'changed', original_password: 'secret' } }],
    'identity.create_application_credential': [
      {
        application_credential: {
          name,
          description: 'd',
          secret: 's',
          expires_at: '2030-01-01T00:00:00.000000Z',
          roles: [{ id: ids['role_id'] }],
          unrestricted: false,
          access_rules: [{ path: '/v2.1/servers', method: 'GET', service: 'compute' }],
        },
      },
      { application_credential: { name, roles: [{ name: 'member' }] } },
    ],
    'identity.create_group': [{ group: { name, domain_id: 'default', description: 'd' } }],
    'identity.update_group': [{ group: { name, description: 'e' } }],
    'identity.create_role': [{ role: { name, domain_id: null, description: 'd' } }],
    'identity.update_role': [{ role: { name, description: 'e' } }],
    'identity.create_region': [
      { region: { id: name, description: 'd', parent_region_id: 'RegionOne' } },
    ],
    'identity.update_region': [{ region: { description: 'e', parent_region_id: null } }],
    'identity.create_service': [{ service: { name, type: name, enabled: true, description: 'd' } }],
    'identity.update_service': [{ service: { name, enabled: false } }],
    'identity.create_endpoint': [
      {
        endpoint: {
          service_id: ids['service_id'],
          interface: 'public',
          url: 'http://a/%(tenant_id)s',
          region_id: 'RegionOne',
          enabled: true,
        },
      },
    ],
    'identity.update_endpoint': [{ endpoint: { url: 'http://b', enabled: false } }],
  };
};

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
