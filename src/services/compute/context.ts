import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Ovenbird, OvsdbClient, Projector } from '../../ovn/index.ts';
import type { IdentityService } from '../identity/index.ts';
import type { ImageService } from '../image/index.ts';
import type { NetworkService } from '../network/index.ts';
import type { PlacementService } from '../placement/index.ts';
import type { Consoles } from './consoles/consoles.ts';
import type { ConsoleReader } from './console_output/reader.ts';
import type { HostDirectory } from './hosts/directory.ts';
import type { SnapshotKeeper } from './snapshots/keeper.ts';
import type { ComputeOptions } from './options.ts';
import type { Settler } from './servers/settler.ts';

/** What compute is given. */
export interface ComputeDependencies {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly identity: Pick<IdentityService, 'projectExists'>;
  readonly image: Pick<
    ImageService,
    | 'name'
    | 'operations'
    | 'getImage'
    | 'imagesById'
    | 'imagesWith'
    | 'createImage'
    | 'discardImage'
    | 'removeImage'
  >;
  readonly placement: PlacementService;
  readonly network: NetworkService;
  /** Client of the `Ovenbird` database that mirrors all its tables. */
  readonly ovenbird: OvsdbClient<Ovenbird>;
  readonly log: Logger;
  /** See `computeOptions`; default: nova.conf's defaults. */
  readonly options?: ComputeOptions;
  /** For so long after a connection to `Ovenbird` no host is called down; default 25,000 ms. */
  readonly hostGraceMilliseconds?: number;
}

/** What the operations of compute share. */
export interface ComputeContext extends ComputeDependencies {
  readonly hosts: HostDirectory;
  /** Writes `Server`, `Interface`, `Metadata_Port` and `Cloud` rows. */
  readonly projector: Projector;
  readonly settler: Settler;
  readonly console: ConsoleReader;
  readonly consoles: Consoles;
  readonly snapshots: Pick<SnapshotKeeper, 'mark'>;
}
