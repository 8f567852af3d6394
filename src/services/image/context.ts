import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Quota } from './files/quota.ts';
import type { ReceiveRules } from './files/receive.ts';
import type { ImageModels } from './images/access.ts';
import type { TaskModel } from './tasks/model.ts';
import type { ImageOptions } from './options.ts';
import type { PropertyProtections } from './properties/protections.ts';
import type { Store } from './stores/store.ts';
import type { Stores } from './stores/stores.ts';

/** What the operations of the service work with. */
export interface ImageContext extends ImageModels {
  readonly database: Database;
  readonly tasks: TaskModel;
  readonly stores: Stores;
  /** Data that waits for its import; it is in no store yet. */
  readonly staging: Store;
  readonly quota: Quota;
  readonly protections: PropertyProtections;
  readonly options: ImageOptions;
  readonly receiving: ReceiveRules;
  readonly log: Logger;
}
