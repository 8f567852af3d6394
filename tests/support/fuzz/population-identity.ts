import type { Document, Post } from './population-network.ts';

const I = '/identity/v3';

/** A project, a user and some of everything that administrators make in the identity service. */
export async function populateIdentity(name: string, root: string, post: Post) {
  const make = async (path: string, key: string, body: Document): Promise<Document> =>
    (await post(root, I + path, { [key]: body })).document[key];
  const put = (path: string, body: Document = {}) => post(root, I + path, body, 'PUT');

  const project = (await make('/projects', 'project', { name, tags: ['a'] }))['id'] as string;
  const user = (await make('/users', 'user', { name, password: 'secret' }))['id'] as string;
  const domain = (await make('/domains', 'domain', { name }))['id'] as string;
  await put(`/domains/${domain}/config`, { config: { ldap: { url: 'x', password: 'y' } } });
  const group = (await make('/groups', 'group', { name }))['id'] as string;
  const role = (await make('/roles', 'role', { name }))['id'] as string;
  const implied = (await make('/roles', 'role', { name: `${name}i` }))['id'] as string;
  await put(`/roles/${role}/implies/${implied}`);
  await put(`/projects/${project}/users/${user}/roles/${role}`);
  await put(`/groups/${group}/users/${user}`);
  const region = (await make('/regions', 'region', { id: name }))['id'] as string;
  const service = (await make('/services', 'service', { name, type: name }))['id'] as string;
  const endpoint = (
    await make('/endpoints', 'endpoint', {
      service_id: service,
      interface: 'public',
      url: 'http://a',
      region_id: region,
    })
  )['id'] as string;
  await put(`/OS-EP-FILTER/projects/${project}/endpoints/${endpoint}`);
  const endpointGroup = (
    await make('/OS-EP-FILTER/endpoint_groups', 'endpoint_group', {
      name,
      filters: { service_id: service },
    })
  )['id'] as string;
  await put(`/OS-EP-FILTER/endpoint_groups/${endpointGroup}/projects/${project}`);
  const policy = (await make('/policies', 'policy', { type: 'x', blob: '{}' }))['id'] as string;
  const resource = { service_id: service, resource_name: 'cores' };
  const [registered] = (await make('/registered_limits', 'registered_limits', [
    { ...resource, default_limit: 5 },
  ] as unknown as Document)) as unknown as Document[];
  const [limit] = (await make('/limits', 'limits', [
    { ...resource, project_id: project, resource_limit: 6 },
  ] as unknown as Document)) as unknown as Document[];
  return {
    project_id: project,
    user_id: user,
    domain_id: domain,
    group_id: group,
    role_id: role,
    prior_role_id: role,
    implies_role_id: implied,
    region_id: region,
    service_id: service,
    endpoint_id: endpoint,
    endpoint_group_id: endpointGroup,
    'identity.policy_id': policy,
    registered_limit_id: registered!['id'] as string,
    limit_id: limit!['id'] as string,
    group: 'ldap',
    option: 'url',
  };
}

/** What only the user itself makes. */
export async function populateOwned(
  {
    user_id: user,
    project_id: project,
    role_id: role,
  }: Awaited<ReturnType<typeof populateIdentity>>,
  token: string,
  post: Post,
) {
  const make = async (path: string, key: string, body: Document): Promise<Document> =>
    (await post(token, I + path, { [key]: body })).document[key];
  const credential = await make('/credentials', 'credential', { type: 'cert', blob: 'x' });
  const application = await make(
    `/users/${user}/application_credentials`,
    'application_credential',
    {
      name: 'a',
      access_rules: [{ service: 'compute', method: 'GET', path: '/v2.1/servers' }],
    },
  );
  const trust = await make('/OS-TRUST/trusts', 'trust', {
    trustor_user_id: user,
    trustee_user_id: user,
    project_id: project,
    impersonation: false,
    roles: [{ id: role }],
  });
  return {
    credential_id: credential['id'] as string,
    application_credential_id: application['id'] as string,
    access_rule_id: application['access_rules'][0].id as string,
    trust_id: trust['id'] as string,
  };
}
