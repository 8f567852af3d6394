import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import type { Tables } from '../context.ts';
import { getRegion } from '../regions/model.ts';
import { Description, Id, nameOf, NullableId } from '../schemas.ts';
import { getService } from '../services/model.ts';

/** A limit's number; -1 for none. */
export const Amount = Type.Integer({ minimum: -1, maximum: 2_147_483_647 });

/** Most limits in one request. */
export const MOST = 1000;

export const registeredLimit = {
  service_id: Id,
  region_id: Type.Optional(NullableId),
  resource_name: nameOf(255),
  default_limit: Amount,
  description: Type.Optional(Description),
};

/** Fails when the service or the region is not there: 400, since they stand in the body. */
export async function checkPlace(
  tables: Tables,
  place: { readonly service_id?: string; readonly region_id?: string | null },
): Promise<void> {
  const { service_id: service, region_id: region } = place;
  if (service !== undefined && (await getService(tables, service)) === undefined) {
    throw badRequest(`Expecting to find the service of service_id: there is no ${service}.`);
  }
  if (region != null && (await getRegion(tables, region)) === undefined) {
    throw badRequest(`Expecting to find the region of region_id: there is no ${region}.`);
  }
}
