import { badRequest, conflict, Fault, forbidden, notFound } from '../../core/errors.ts';

export const serverNotFound = (id: string): Fault =>
  notFound(`Instance ${id.slice(0, 255)} could not be found.`);

export const flavorNotFound = (id: string): Fault =>
  notFound(`Flavor ${id.slice(0, 255)} could not be found.`);

export const keypairNotFound = (name: string, userId: string): Fault =>
  notFound(`Keypair ${name.slice(0, 255)} not found for user ${userId}`);

export const markerNotFound = (marker: string): Fault =>
  badRequest(`marker [${marker.slice(0, 255)}] not found`);

/** The action does not go together with what the server is or does at present. */
export const wrongState = (
  action: string,
  serverId: string,
  attribute: 'vm_state' | 'task_state',
  state: string | null,
): Fault =>
  conflict(
    `Cannot '${action}' instance ${serverId} while it is in ${attribute} ${state ?? 'None'}`,
  );

export const serverLocked = (id: string): Fault => conflict(`Instance ${id} is locked`);

export const overQuota = (
  names: readonly string[],
  wanted: string,
  used: string,
  limit: string,
): Fault =>
  forbidden(
    `Quota exceeded for ${names.join(', ')}: Requested ${wanted}, but already used ${used} of ${limit} ${names.join(', ')}`,
  );

/** Nova's sentence about a right that the caller has not. */
export const policyForbids = (rule: string): Fault =>
  forbidden(`Policy doesn't allow os_compute_api:${rule} to be performed.`);

/** The sentence of a schema that knows no such member at this microversion. */
export const unexpectedMember = (name: string, place = 'the request body'): Fault =>
  badRequest(
    `Invalid input for ${place}: Additional properties are not allowed ('${name}' was unexpected)`,
  );
