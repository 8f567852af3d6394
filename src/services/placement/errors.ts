import { Fault } from '../../core/errors.ts';

/** The codes are placement's own (api-ref "Errors", `code` from 1.23 on). */

export const providerNotFound = (id: string): Fault =>
  new Fault('notFound', `No resource provider with uuid ${id} found.`);

export const providerNameTaken = (name: string): Fault =>
  new Fault('conflict', `Conflicting resource provider name: ${name} already exists.`, {
    type: 'placement.duplicate_name',
  });

export const generationConflict = (id: string): Fault =>
  new Fault(
    'conflict',
    `Resource provider ${id} was changed by someone else: read its generation again and repeat the request.`,
    { type: 'placement.concurrent_update' },
  );

export const consumerGenerationConflict = (
  id: string,
  expected: number | null,
  live: number | null,
): Fault =>
  new Fault(
    'conflict',
    `Consumer ${id} was changed by someone else: the request expected generation ${expected ?? 'null'}, it is ${live ?? 'null'}.`,
    { type: 'placement.concurrent_update' },
  );

export const inventoryInUse = (classes: readonly string[], id: string): Fault =>
  new Fault(
    'conflict',
    `Inventory for ${classes.join(', ')} on resource provider ${id} in use: delete its allocations first.`,
    { type: 'placement.inventory.inuse' },
  );

export const badQuery = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'placement.query.bad_value' });

export const missingQuery = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'placement.query.missing_value' });
