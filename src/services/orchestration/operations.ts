import type { Operation } from '../operation.ts';
import type { OrchestrationContext } from './context.ts';
import { eventOperations } from './events/api.ts';
import { resourceOperations } from './resources/api.ts';
import { signalOperations } from './signals/api.ts';
import { stackOperations } from './stacks/api.ts';
import { lookupOperations } from './stacks/lookup.ts';

/** All operations of the service: one list a folder. */
export const orchestrationOperations = (context: OrchestrationContext): Operation[] => [
  ...stackOperations(context),
  ...lookupOperations(context),
  ...resourceOperations(context),
  ...eventOperations(context),
  ...signalOperations(context),
];
