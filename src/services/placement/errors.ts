import { Fault } from '../../core/errors.ts';

/** The codes are placement's own (api-ref "Errors", `code` from 1.23 on). */

export const providerNotFound = (id: string): Fault =>
  new Fault('notFound', `No resource provider with uuid ${id} found.`);

/** `what` is taken: `name: NAME` or `uuid: ID`. */
export const providerNameTaken = (what: string): Fault =>
  new Fault('conflict', `Conflicting resource provider ${what} already exists.`, {
    type: 'placement.duplicate_name',
  });

export const generationConflict = (id: string): Fault =>
  new Fault(
    'conflict',
    `resource provider generation conflict: ${id} was changed by someone else; read its generation again and repeat the request.`,
    { type: 'placement.concurrent_update' },
  );

export const consumerGenerationConflict = (
  id: string,
  expected: number | null,
  live: number | null,
): Fault =>
  new Fault(
    'conflict',
    `consumer generation conflict - expected ${live ?? 'null'} but got ${expected ?? 'null'}: consumer ${id} was changed by someone else.`,
    { type: 'placement.concurrent_update' },
  );

/** The code differs: who removes one class gets `placement.concurrent_update`, as from placement. */
export const inventoryInUse = (
  classes: readonly string[],
  id: string,
  type = 'placement.inventory.inuse',
): Fault =>
  new Fault(
    'conflict',
    `update conflict: Inventory for '${classes.join(', ')}' on resource provider '${id}' in use: delete its allocations first.`,
    { type },
  );

export const badQuery = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'placement.query.bad_value' });

export const missingQuery = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'placement.query.missing_value' });
