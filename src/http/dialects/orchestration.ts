import { json, TITLE, type Dialect } from './dialect.ts';

/** What Heat calls an error of a kind when nobody called it anything. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  401: 'HTTPUnauthorized',
  403: 'Forbidden',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
  409: 'HTTPConflict',
  413: 'RequestLimitExceeded',
  501: 'NotSupported',
};

/** Heat's standing sentence for a status; `error.message` says what it was about. */
const EXPLANATION: Readonly<Record<number, string>> = {
  400: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  401: 'This server could not verify that you are authorized to access the document you requested.',
  403: 'Access was denied to this resource.',
  404: 'The resource could not be found.',
  405: 'The method is not allowed for this resource.',
  409: 'There was a conflict when trying to complete your request.',
};

/** Heat: https://docs.openstack.org/api-ref/orchestration/v1/ */
export const orchestrationDialect: Dialect = {
  service: 'orchestration',
  prefix: '/orchestration',
  projectScope: true,
  discovery: [
    {
      path: '/',
      status: 300,
      body: (url) => ({
        versions: [{ id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: `${url}/v1/` }] }],
      }),
    },
  ],
  error: (fault, status) =>
    json({
      code: status,
      title: TITLE[status] ?? 'Internal Server Error',
      explanation:
        EXPLANATION[status] ??
        'The server has either erred or is incapable of performing the request.',
      error: {
        message: fault.message,
        traceback: null,
        type: fault.type ?? TYPES[status] ?? 'HTTPInternalServerError',
      },
    }),
};
