import { idOf, isFault } from '../requests.ts';
import { text, UPDATABLE, yesNo } from '../shapes.ts';
import { keystoneType } from './keystone.ts';

export const domain = keystoneType({
  name: 'OS::Keystone::Domain',
  description: 'A domain: a room of projects, users and groups.',
  support: { version: '8.0.0' },
  collection: 'domains',
  member: 'domain',
  properties: {
    name: text('What the domain is called.', UPDATABLE),
    description: text('A description.', UPDATABLE),
    enabled: yesNo('Whether it may be used.', { default: true, ...UPDATABLE }),
  },
  attributes: {},
  async leaving(step) {
    // Identity deletes only domains that are disabled.
    try {
      await step.cloud.request('identity', 'PATCH', `/v3/domains/${idOf(step)}`, {
        body: { domain: { enabled: false } },
      });
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
});
