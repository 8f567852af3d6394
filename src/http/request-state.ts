import type { Caller } from '../services/identity/caller.ts';
import type { Microversion, Operation } from '../services/operation.ts';
import type { Dialect } from './dialects/index.ts';

/** What we remember of a request while it lives. */
export interface RequestState {
  requestId: string;
  dialect: Dialect | undefined;
  microversion: Microversion | undefined;
  operation: Operation | undefined;
  caller: Caller | undefined;
}
