import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest, conflict, forbidden, notFound } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { loadPackages } from '../../../core/packages.ts';
import { operation } from '../../operation.ts';
import { standardAttributes, standardColumns, standardView } from '../attributes/standard.ts';
import * as types from '../attributes/types.ts';
import * as rows from '../northbound/rows.ts';
import { tunnelType } from '../segments/types/tunnel.ts';
import type { Driver, DriverKit, DriverModule } from './driver.ts';

/** Loads drivers by the names of their packages, or absolute paths; one that cannot be loaded fails the start. */
export const loadDrivers = (
  names: readonly string[],
  home: string,
  log: Logger,
): Promise<Driver[]> =>
  loadPackages(names, home, 'network driver', (make, name) =>
    (make as DriverModule)(kit(log.child({ driver: name }))),
  );

const kit = (log: Logger): DriverKit => ({
  sql,
  Type,
  operation,
  types,
  standardAttributes,
  standardColumns,
  standardView,
  rows,
  tunnelType,
  faults: { badRequest, conflict, forbidden, notFound },
  log,
});
