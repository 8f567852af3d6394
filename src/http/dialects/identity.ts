import { json, TITLE, type Dialect } from './dialect.ts';

const version = (serviceUrl: string) => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${serviceUrl}/v3/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
});

/** Keystone: https://docs.openstack.org/api-ref/identity/v3/ */
export const identityDialect: Dialect = {
  service: 'identity',
  prefix: '/identity',
  projectScope: false,
  discovery: [
    { path: '/', status: 300, body: (url) => ({ versions: { values: [version(url)] } }) },
    { path: '/v3', status: 200, body: (url) => ({ version: version(url) }) },
  ],
  error: (fault, status) =>
    json({ error: { code: status, message: fault.message, title: TITLE[status] ?? 'Error' } }),
};
