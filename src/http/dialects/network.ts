import { json, type Dialect } from './dialect.ts';

/** Names for faults that no rule of the service has named: Neutron's own for the same case. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  401: 'HTTPUnauthorized',
  403: 'PolicyNotAuthorized',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
  409: 'HTTPConflict',
  412: 'RevisionNumberConstraintFailed',
  413: 'HTTPRequestEntityTooLarge',
  415: 'HTTPUnsupportedMediaType',
  501: 'HTTPNotImplemented',
  503: 'HTTPServiceUnavailable',
};

/** Neutron: https://docs.openstack.org/api-ref/network/v2/ */
export const networkDialect: Dialect = {
  service: 'network',
  prefix: '/network',
  projectScope: true,
  discovery: [
    {
      path: '/',
      status: 200,
      body: (url) => ({
        versions: [
          { id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${url}/v2.0/` }] },
        ],
      }),
    },
    {
      path: '/v2.0',
      status: 200,
      body: (url, service) => ({
        resources: collections(service).map((collection) => ({
          name: collection.replace(/ies$/, 'y').replace(/s$/, ''),
          collection,
          links: [{ rel: 'self', href: `${url}/v2.0/${collection}` }],
        })),
      }),
    },
  ],
  error: (fault, status) =>
    json({
      NeutronError: {
        type: fault.type ?? TYPES[status] ?? 'HTTPInternalServerError',
        message: fault.message,
        detail: '',
      },
    }),
};

/** The collections of the API, read from the operations: what can be listed directly below `/v2.0`. */
const collections = (service: Parameters<Dialect['discovery'][0]['body']>[1]): string[] => [
  ...new Set(
    service.operations
      .filter((operation) => operation.method === 'GET')
      .map((operation) => /^\/v2\.0\/([a-z-]+)$/.exec(operation.path)?.[1])
      .filter((name) => name !== undefined),
  ),
];
