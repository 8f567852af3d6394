import type { Examples, Ids } from './examples.ts';

const SIGNED = {
  credentials: {
    access: 'a',
    signature: 'x',
    host: 'h:8773',
    verb: 'GET',
    path: '/',
    params: { SignatureVersion: '2', Timestamp: '2030-01-01T00:00:00Z' },
    headers: { 'X-Amz-Date': '20300101T000000Z', Authorization: 'AWS4-HMAC-SHA256 Credential=a' },
    body_hash: 'x',
  },
};

/** Good bodies of the identity service's operations. */
export const identity = (ids: Ids, name: string, password: string): Examples => {
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
    'identity.create_region_with_id': [{ region: { description: 'd' } }],
    'identity.create_domain_config': [
      { config: { ldap: { url: 'x', password: 'secret' }, identity: { list_limit: 5 } } },
    ],
    'identity.update_domain_config': [{ config: { identity: { driver: 'sql' } } }],
    'identity.update_domain_config_group': [{ config: { ldap: { url: 'y', use_tls: true } } }],
    'identity.update_domain_config_option': [{ config: { url: 'z' } }],
    'identity.create_credential': [
      { credential: { type: 'totp', blob: 'GEZDGNBVGY3TQOJQ', user_id: ids['user_id'] } },
      {
        credential: {
          type: 'ec2',
          blob: JSON.stringify({ access: name, secret: 's' }),
          project_id: ids['project_id'],
        },
      },
    ],
    'identity.update_credential': [{ credential: { blob: 'other', type: 'cert' } }],
    'identity.ec2_create_credential': [{ tenant_id: ids['project_id'] }],
    'identity.ec2tokens_validate': [SIGNED, { credentials: SIGNED.credentials }],
    'identity.s3tokens_validate': [
      { credentials: { access: 'a', signature: 'x', token: 'QVdTNC1ITUFDLVNIQTI1Ng' } },
    ],
    'identity.create_trust': [
      {
        trust: {
          trustor_user_id: ids['user_id'],
          trustee_user_id: ids['user_id'],
          project_id: ids['project_id'],
          impersonation: true,
          expires_at: '2030-01-01T00:00:00.000000Z',
          remaining_uses: 3,
          roles: [{ id: ids['role_id'] }],
        },
      },
    ],
    'identity.create_endpoint_group': [
      { endpoint_group: { name, description: 'd', filters: { interface: 'public' } } },
    ],
    'identity.update_endpoint_group': [
      { endpoint_group: { name, filters: { region_id: 'RegionOne', service_id: 'x' } } },
    ],
    'identity.create_policy': [{ policy: { type: 'application/json', blob: '{}' } }],
    'identity.update_policy': [{ policy: { blob: '{"a": 1}' } }],
    'identity.create_registered_limits': [
      {
        registered_limits: [
          {
            service_id: ids['service_id'],
            region_id: ids['region_id'],
            resource_name: name,
            default_limit: 5,
            description: 'd',
          },
        ],
      },
    ],
    'identity.update_registered_limit': [{ registered_limit: { default_limit: 6 } }],
    'identity.create_limits': [
      {
        limits: [
          {
            project_id: ids['other_project_id'],
            service_id: ids['service_id'],
            resource_name: 'cores',
            resource_limit: 5,
          },
        ],
      },
    ],
    'identity.update_limit': [{ limit: { resource_limit: -1, description: 'e' } }],
  };
};
