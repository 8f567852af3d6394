import { ownerKind } from '../drivers/extension.ts';
import { METERS_KIND, metersExist } from './coverage.ts';
import { desiredLogMeters } from './desired.ts';

/** The meters, which all logs share. */
export const logMetersOwner = ownerKind<{ readonly id: string }>({
  kind: METERS_KIND,
  query: metersExist,
  desired: (_state, { options }) => desiredLogMeters(options.network_log),
});
