import assert from 'node:assert/strict';
import type { Operation } from '../../operation.ts';
import type { Json, TestIdentity } from '../testing.ts';

/** What the tests by persona act upon: everything is in one domain, and of one user. */
export interface Place {
  readonly domain: string;
  readonly project: string;
  /** The user whose things are asked for, and a token of it in the project. */
  readonly user: string;
  readonly token: string;
  readonly roles: Readonly<Record<string, string>>;
}

let serial = 0;
const fresh = (): string => `w${++serial}`;

/** Makes things for one request after another. */
export class World {
  readonly #cloud: TestIdentity;
  readonly place: Place;

  constructor(cloud: TestIdentity, place: Place) {
    this.#cloud = cloud;
    this.place = place;
  }

  async make(path: string, body: unknown, token = this.#cloud.admin): Promise<Json> {
    const { status, json } = await this.#cloud.call('POST', path, token, body);
    assert.ok(status < 300, `${path}: ${JSON.stringify(json)}`);
    return Object.values(json as object)[0];
  }

  async put(path: string, body?: unknown): Promise<void> {
    const { status, json } = await this.#cloud.call('PUT', path, this.#cloud.admin, body);
    assert.ok(status < 300 || status === 409, `${path}: ${JSON.stringify(json)}`);
  }

  /** A value for a parameter of an operation's path. */
  async value(name: string, operation: Operation): Promise<string> {
    const { place } = this;
    const own = /credential|trust|access_rule|ec2/.test(operation.name);
    switch (name) {
      case 'domain_id': {
        const config = operation.path.includes('/config');
        const compliance = operation.path.includes('security_compliance');
        if (compliance) return 'default';
        if (!config && !/^(update|delete)_domain/.test(operation.name)) return place.domain;
        const domain = { name: fresh(), enabled: !operation.name.startsWith('delete_domain') };
        const { id } = await this.make('/domains', { domain });
        if (config) await this.put(`/domains/${id}/config`, { config: { ldap: { url: 'x' } } });
        return id;
      }
      case 'project_id': {
        if (/^(list|get|check)_project/.test(operation.name) || operation.name === 'get_project')
          return place.project;
        const project = { name: fresh(), domain_id: place.domain, tags: ['blue'] };
        return (await this.make('/projects', { project })).id;
      }
      case 'user_id': {
        const keeps =
          /^(get|list|check)_/.test(operation.name) && !operation.name.includes('grant');
        if (own || keeps) return place.user;
        return (await this.make('/users', { user: { name: fresh(), domain_id: place.domain } })).id;
      }
      case 'group_id':
        return (await this.make('/groups', { group: { name: fresh(), domain_id: place.domain } }))
          .id;
      case 'role_id':
        if (operation.name.startsWith('list_') || operation.path.includes('/roles/{role_id}/'))
          return place.roles['member']!;
        if (operation.path === '/v3/roles/{role_id}' && operation.method !== 'GET')
          return (await this.make('/roles', { role: { name: fresh() } })).id;
        return operation.name.includes('trust') ? place.roles['reader']! : place.roles['member']!;
      case 'prior_role_id':
      case 'implies_role_id':
        return (await this.make('/roles', { role: { name: fresh() } })).id;
      case 'tag':
        return 'blue';
      case 'group':
        return 'ldap';
      case 'option':
        return operation.path.includes('security_compliance') ? 'password_regex' : 'url';
      case 'region_id':
        if (operation.method === 'PUT') return fresh();
        return (await this.make('/regions', { region: {} })).id;
      case 'service_id':
        return this.service();
      case 'endpoint_id': {
        const service = await this.service();
        const endpoint = { service_id: service, interface: 'public', url: 'http://x' };
        return (await this.make('/endpoints', { endpoint })).id;
      }
      case 'endpoint_group_id': {
        const group = { name: fresh(), filters: { interface: 'public' } };
        return (await this.make('/OS-EP-FILTER/endpoint_groups', { endpoint_group: group })).id;
      }
      case 'policy_id':
        return (await this.make('/policies', { policy: { type: 'x', blob: 'x' } })).id;
      case 'registered_limit_id':
        return (await this.registeredLimit()).id;
      case 'limit_id': {
        const { service_id: service, resource_name: resource } = await this.registeredLimit();
        const limit = { service_id: service, resource_name: resource, resource_limit: 2 };
        const limits = [{ ...limit, project_id: place.project }];
        return (await this.make('/limits', { limits }))[0].id;
      }
      case 'credential_id':
        return operation.path.includes('OS-EC2')
          ? (
              await this.make(`/users/${place.user}/credentials/OS-EC2`, {
                tenant_id: place.project,
              })
            ).access
          : (
              await this.make('/credentials', {
                credential: { type: 'cert', blob: 'x', user_id: place.user },
              })
            ).id;
      case 'application_credential_id':
        return (await this.applicationCredential()).id;
      case 'access_rule_id': {
        const made = await this.applicationCredential();
        const path = `/users/${place.user}/application_credentials/${made.id}`;
        await this.#cloud.call('DELETE', path, this.#cloud.admin);
        return made.access_rules[0].id;
      }
      case 'trust_id': {
        const body = { trust: this.trust() };
        return (await this.make('/OS-TRUST/trusts', body, place.token)).id;
      }
    }
    throw new Error(`no value for ${name} of ${operation.name}`);
  }

  service = async (): Promise<string> =>
    (await this.make('/services', { service: { type: fresh() } })).id;

  /** What must be there beside what the path names. */
  async prepare(operation: Operation, params: Readonly<Record<string, string>>): Promise<void> {
    const fill = (path: string) =>
      path.replace(/^\/v3/, '').replace(/\{(\w+)\}/g, (_, n) => params[n]!);
    const { method, path } = operation;
    const isGrant = /grant|_user_(in|from)_group|(endpoint|group)_(in|from)_project/.test(
      operation.name,
    );
    const checked = method !== 'PUT' && (isGrant || path.includes('/implies/'));
    if (checked && (path.includes('/{role_id}') || !path.endsWith('/roles'))) {
      if (!/roles(\/inherited_to_projects)?$/.test(path)) await this.put(fill(path));
    }
    if (path.endsWith('/tags/{tag}') && method !== 'PUT') await this.put(fill(path));
  }

  trust = () => ({
    trustor_user_id: this.place.user,
    trustee_user_id: this.place.user,
    project_id: this.place.project,
    impersonation: false,
    roles: [{ name: 'reader' }],
  });

  registeredLimit = async (): Promise<Json> => {
    const limit = { service_id: await this.service(), resource_name: 'x', default_limit: 1 };
    return (await this.make('/registered_limits', { registered_limits: [limit] }))[0];
  };

  applicationCredential = (): Promise<Json> =>
    this.make(
      `/users/${this.place.user}/application_credentials`,
      { application_credential: this.applicationCredentialBody() },
      this.place.token,
    );

  applicationCredentialBody = () => ({
    name: fresh(),
    secret: 'secret',
    access_rules: [{ service: 'compute', method: 'GET', path: `/${fresh()}` }],
  });

  /** A body for an operation that takes one. */
  async body(operation: Operation): Promise<unknown> {
    const { domain, project, user } = this.place;
    const name = fresh();
    const bodies: Record<string, () => unknown> = {
      create_domain: () => ({ domain: { name } }),
      update_domain: () => ({ domain: { description: name } }),
      create_domain_config: () => ({ config: { ldap: { url: name } } }),
      update_domain_config: () => ({ config: { ldap: { url: name } } }),
      update_domain_config_group: () => ({ config: { ldap: { url: name } } }),
      update_domain_config_option: () => ({ config: { url: name } }),
      create_project: () => ({ project: { name, domain_id: domain } }),
      update_project: () => ({ project: { description: name } }),
      update_project_tags: () => ({ tags: [name] }),
      create_user: () => ({ user: { name, domain_id: domain } }),
      update_user: () => ({ user: { description: name } }),
      create_group: () => ({ group: { name, domain_id: domain } }),
      update_group: () => ({ group: { description: name } }),
      create_role: () => ({ role: { name } }),
      update_role: () => ({ role: { description: name } }),
      create_application_credential: () => ({
        application_credential: this.applicationCredentialBody(),
      }),
      create_credential: () => ({ credential: { type: 'cert', blob: name, user_id: user } }),
      update_credential: () => ({ credential: { blob: name } }),
      ec2_create_credential: () => ({ tenant_id: project }),
      ec2tokens_validate: () => ({ credentials: { access: name, signature: 'x' } }),
      s3tokens_validate: () => ({ credentials: { access: name, signature: 'x' } }),
      create_trust: () => ({ trust: this.trust() }),
      create_region_with_id: () => ({ region: {} }),
      create_region: () => ({ region: {} }),
      update_region: () => ({ region: { description: name } }),
      create_service: () => ({ service: { type: name } }),
      update_service: () => ({ service: { description: name } }),
      create_endpoint: async () => ({
        endpoint: { service_id: await this.service(), interface: 'public', url: 'http://x' },
      }),
      update_endpoint: () => ({ endpoint: { url: 'http://y' } }),
      create_endpoint_group: () => ({ endpoint_group: { name, filters: { interface: 'admin' } } }),
      update_endpoint_group: () => ({ endpoint_group: { description: name } }),
      create_registered_limits: async () => ({
        registered_limits: [
          { service_id: await this.service(), resource_name: name, default_limit: 1 },
        ],
      }),
      update_registered_limit: () => ({ registered_limit: { default_limit: 2 } }),
      create_limits: async () => {
        const { service_id: service, resource_name: resource } = await this.registeredLimit();
        const limit = { service_id: service, resource_name: resource, resource_limit: 3 };
        return { limits: [{ ...limit, project_id: project }] };
      },
      update_limit: () => ({ limit: { resource_limit: 4 } }),
      create_policy: () => ({ policy: { type: 'x', blob: name } }),
      update_policy: () => ({ policy: { blob: name } }),
    };
    assert.ok(bodies[operation.name], `no body for ${operation.name}`);
    return bodies[operation.name]!();
  }
}
