import type { Service } from '../../services/operation.ts';
import { formatMicroversion, json, type Dialect } from './dialect.ts';

/** Nova names an error body by its status. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

const version = (serviceUrl: string, service: Service) => ({
  id: 'v2.1',
  status: 'CURRENT',
  version: service.microversions ? formatMicroversion(service.microversions.maximum) : '2.1',
  min_version: service.microversions ? formatMicroversion(service.microversions.minimum) : '2.1',
  updated: '2013-07-23T11:33:21Z',
  links: [{ rel: 'self', href: `${serviceUrl}/v2.1/` }],
});

/** Nova: https://docs.openstack.org/api-ref/compute/ */
export const computeDialect: Dialect = {
  service: 'compute',
  prefix: '/compute',
  microversionType: 'compute',
  legacyMicroversionHeader: 'x-openstack-nova-api-version',
  requestIdHeaders: ['x-compute-request-id'],
  projectScope: true,
  discovery: [
    { path: '/', status: 200, body: (url, service) => ({ versions: [version(url, service)] }) },
    {
      path: '/v2.1',
      status: 200,
      body: (url, service) => ({
        version: {
          ...version(url, service),
          'media-types': [
            {
              base: 'application/json',
              type: 'application/vnd.openstack.compute+json;version=2.1',
            },
          ],
        },
      }),
    },
  ],
  error: (fault, status) =>
    json({
      [NAMES[status] ?? 'computeFault']: {
        code: status,
        message: fault.message,
        ...(status === 413 || status === 429 ? { retryAfter: '0' } : {}),
      },
    }),
};
