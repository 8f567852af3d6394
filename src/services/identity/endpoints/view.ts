import type { OperationRequest } from '../../operation.ts';
import { absoluteUrl } from './catalog.ts';
import type { StoredEndpoint } from './model.ts';

export const endpointView = (
  row: StoredEndpoint,
  request: Pick<OperationRequest, 'urlOf' | 'serviceUrl'>,
) => ({
  ...row.extra,
  id: row.id,
  service_id: row.service_id,
  interface: row.interface,
  region: row.region_id,
  region_id: row.region_id,
  url: absoluteUrl(row.url, request.urlOf),
  enabled: row.enabled,
  links: { self: `${request.serviceUrl}/v3/endpoints/${row.id}` },
});
