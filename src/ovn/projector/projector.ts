import type { Logger } from '../../core/log.ts';
import type { OvsdbClient } from '../ovsdb/client.ts';
import type { DesiredState, Projection, Projector } from '../desired.ts';
import { OvsdbProjector } from './ovsdb-projector.ts';

export interface ProjectorOptions {
  /** Its `monitor` must hold the tables of the projection and of its memberships. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a projector works on any database's rows
  readonly client: OvsdbClient<any>;
  readonly projection: Projection;
  /** Present state of these owners; an owner that is not in the result should have no rows. */
  load(owners: readonly string[]): Promise<DesiredState>;
  /** Present state of all owners. */
  loadAll(): Promise<DesiredState>;
  /** Every owner that should have rows, for the comparison in the background; default those of `loadAll`. */
  owners?(): Promise<Iterable<string>>;
  readonly log: Logger;
  /** Name of an OVSDB lock: of several processes with the same projection only the holder writes. */
  readonly lock?: string;
}

/** Makes the projector of one database; nothing happens before `start`. */
export const createProjector = (options: ProjectorOptions): Projector =>
  new OvsdbProjector(options);
