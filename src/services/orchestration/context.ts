import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Delegate, Dispatch } from './access.ts';
import type { Engine } from './engine/engine.ts';
import type { Journal } from './engine/journal.ts';
import type { Slots } from './engine/slots.ts';
import type { OrchestrationOptions } from './options.ts';
import type { TypeRegistry } from './resources/types.ts';
import type { SignalKeys } from './signals/keys.ts';
import type { OrchestrationDatabase } from './tables.ts';

/** What all of orchestration works with. */
export interface OrchestrationContext {
  readonly database: Database;
  readonly tables: OrchestrationDatabase;
  readonly identity: Delegate;
  readonly dispatch: Dispatch;
  readonly types: TypeRegistry;
  readonly journal: Journal;
  readonly slots: Slots;
  readonly engine: Engine;
  readonly keys: SignalKeys;
  readonly options: OrchestrationOptions;
  readonly configuration: Pick<Configuration, 'region' | 'listen'>;
  readonly log: Logger;
}
