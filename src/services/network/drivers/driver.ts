import type { sql } from 'kysely';
import type { Type } from 'typebox';
import type { badRequest, conflict, forbidden, notFound } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { operation } from '../../operation.ts';
import type { standardAttributes, standardColumns, standardView } from '../attributes/standard.ts';
import type * as types from '../attributes/types.ts';
import type * as rows from '../northbound/rows.ts';
import type { Extension } from './extension.ts';
import type { tunnelType } from '../segments/types/tunnel.ts';
import type { MechanismDriver } from './mechanism.ts';
import type { TypeDriverMaker } from './type-driver.ts';

/** What a driver from outside gets, so that it needs no import of this repository but types. */
export interface DriverKit {
  /** SQL with parameters that cannot be injected into. */
  readonly sql: typeof sql;
  /** Schemas of bodies. */
  readonly Type: typeof Type;
  readonly operation: typeof operation;
  readonly types: typeof types;
  readonly standardAttributes: typeof standardAttributes;
  readonly standardView: typeof standardView;
  readonly standardColumns: typeof standardColumns;
  readonly rows: typeof rows;
  /** Makes a type driver for networks that are tunnels with a number. */
  readonly tunnelType: typeof tunnelType;
  /** Faults: each takes a sentence and Neutron's type. */
  readonly faults: {
    readonly badRequest: typeof badRequest;
    readonly conflict: typeof conflict;
    readonly forbidden: typeof forbidden;
    readonly notFound: typeof notFound;
  };
  readonly log: Logger;
}

/** What a package brings: any of these. */
export interface Driver {
  readonly name: string;
  readonly extensions?: readonly Extension[];
  readonly mechanisms?: readonly MechanismDriver[];
  /** Kinds of networks; used when the option `type_drivers` names them. */
  readonly types?: readonly TypeDriverMaker[];
}

/** The default export of a driver's package. */
export type DriverModule = (kit: DriverKit) => Driver | Promise<Driver>;
