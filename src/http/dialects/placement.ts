import { placementMicroversions } from '../../services/placement/index.ts';
import { formatMicroversion, json, TITLE, type Dialect } from './dialect.ts';

/** Placement: https://docs.openstack.org/api-ref/placement/ */
export const placementDialect: Dialect = {
  service: 'placement',
  prefix: '/placement',
  microversionType: 'placement',
  projectScope: false,
  invalidBody: 'JSON does not validate: ',
  discovery: [
    {
      path: '/',
      status: 200,
      body: (url, { microversions }) => ({
        versions: [
          {
            id: 'v1.0',
            status: 'CURRENT',
            max_version: microversions ? formatMicroversion(microversions.maximum) : '1.0',
            min_version: microversions ? formatMicroversion(microversions.minimum) : '1.0',
            links: [{ rel: 'self', href: url }],
          },
        ],
      }),
    },
  ],
  error: (fault, status, { requestId, microversion }) => {
    // api-ref "Errors": the code is part of the body from 1.23 on.
    const withCode = microversion !== undefined && microversion.minor >= 23;
    return json({
      errors: [
        {
          status,
          request_id: requestId,
          title: TITLE[status] ?? 'Error',
          detail: fault.message,
          // Whoever asked for a version that is not there learns which ones are.
          ...(status === 406 && microversion === undefined
            ? {
                max_version: formatMicroversion(placementMicroversions.maximum),
                min_version: formatMicroversion(placementMicroversions.minimum),
              }
            : {}),
          ...(withCode ? { code: fault.type ?? 'placement.undefined_code' } : {}),
        },
      ],
    });
  },
};
