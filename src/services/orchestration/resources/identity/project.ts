import { isFault, listOf } from '../requests.ts';
import { gives, list, named, since, text, UPDATABLE, yesNo } from '../shapes.ts';
import { keystoneType } from './keystone.ts';

export const project = keystoneType({
  name: 'OS::Keystone::Project',
  description: 'A project.',
  support: { version: '2015.1' },
  collection: 'projects',
  member: 'project',
  renamed: { domain: 'domain_id', parent: 'parent_id' },
  properties: {
    name: text('What the project is called.', UPDATABLE),
    domain: named('keystone.domain', 'The domain.', { default: 'default', ...UPDATABLE }),
    description: text('A description.', { default: '', ...UPDATABLE }),
    enabled: yesNo('Whether it may be used.', { default: true, ...UPDATABLE }),
    parent: named('keystone.project', 'The project above it.', since('6.0.0')),
    tags: list('Tags, replaced as a whole.', { default: [], ...UPDATABLE, ...since('10.0.0') }),
  },
  attributes: {
    name: gives.text('The name.', since('10.0.0')),
    parent_id: gives.text('The id of the project above it.', since('10.0.0')),
    domain_id: gives.text('The id of the domain.', since('10.0.0')),
    enabled: gives.yesNo('Whether it may be used.', since('10.0.0')),
    is_domain: gives.yesNo('Whether it is a domain as well.', since('10.0.0')),
  },
  async leaving(step, id) {
    // The network service gives every project a group `default`; nobody else would take it away.
    const groups = await listOf(step, 'network', '/v2.0/security-groups', 'security_groups', {
      project_id: id,
      name: 'default',
    });
    for (const one of groups.filter(({ project_id: owner }) => owner === id)) {
      await step.cloud
        .request('network', 'DELETE', `/v2.0/security-groups/${String(one['id'])}`)
        .catch((error: unknown) => {
          if (!isFault(error, 'notFound', 'conflict')) throw error;
        });
    }
  },
});
