/** OVN and OVSDB: a client with a live mirror, typed rows, and the projector that keeps a database as desired. */
export { connect } from './ovsdb/client.ts';
export type {
  ClientState,
  Commit,
  ConnectOptions,
  MonitorRequest,
  OperationResult,
  OvsdbClient,
  OvsdbLock,
  TableMonitor,
  TablesOf,
} from './ovsdb/client.ts';
export type {
  DesiredRow,
  DesiredState,
  DesiredValue,
  Difference,
  LiveRow,
  Membership,
  Projection,
  Projector,
  Reference,
  Repair,
  RepairCause,
  Scalar,
  TableProjection,
} from './desired.ts';
export { OvsdbError } from './ovsdb/error.ts';
export type {
  AnyChange,
  AnyTables,
  Change,
  Mirror,
  MirrorTable,
  RowIndex,
  TableTypes,
} from './mirror/mirror.ts';
export type * from './models/index.ts';
export {
  assertLock,
  comment,
  commit,
  insert,
  mutate,
  remove,
  select,
  update,
  wait,
} from './ovsdb/operation.ts';
export type { Columns, Condition, Mutation, Operation, Where } from './ovsdb/operation.ts';
export { createProjector } from './projector/projector.ts';
export type { ProjectorOptions } from './projector/projector.ts';
export { named, NamedUuid } from './ovsdb/value.ts';
export type { Atom, PlainValue, Value } from './ovsdb/value.ts';
export { waitFor } from './mirror/wait.ts';
