import type { Kysely, Transaction as KyselyTransaction } from 'kysely';
import type { Rights } from '../identity/index.ts';
import type { Value, ValueMap } from './language/index.ts';

export type StackAction =
  | 'CREATE'
  | 'UPDATE'
  | 'DELETE'
  | 'ROLLBACK'
  | 'SUSPEND'
  | 'RESUME'
  | 'CHECK'
  | 'SNAPSHOT'
  | 'RESTORE'
  | 'ADOPT';
export type ResourceAction = StackAction | 'INIT';
export type Status = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** What a stack is made of, as it came: never changed, so that an update can be taken back. */
export interface TemplateRow {
  id: string;
  /** The document; kept as text, so that its order stays. */
  template: string;
  /** Name → content. */
  files: string;
  /** `StoredEnvironment` as JSON. */
  environment: string;
}

export interface StackRow {
  id: string;
  seq: number;
  name: string;
  project_id: string;
  user_id: string;
  user_name: string;
  /** With whose rights resources are made, changed and deleted. */
  rights: Rights;
  root_id: string;
  /** The stack and the resource of it that this one stands behind. */
  parent_id: string | null;
  parent_resource: string | null;
  depth: number;
  tags: string[];
  action: StackAction;
  status: Status;
  reason: string;
  timeout_minutes: number | null;
  disable_rollback: boolean;
  /** What the stack is to be; null: nothing, when its creation is rolled back. */
  template_id: string | null;
  /** What it was before the update under way, or the last one that failed. */
  former_template_id: string | null;
  /** What is shown: the last template that was asked for. */
  shown_template_id: string;
  /** Counts the actions. */
  generation: number;
  /** The engine that works on it; null when nobody has to. */
  worker: number | null;
  deadline: Date | null;
  /** Somebody wants the action to end: `rollback` or `stop`. */
  cancel: string | null;
  /** How many resources are worked on at once, and the pause between; null: as many as can be. */
  batches: { size: number; pauseSeconds: number } | null;
  /** An update looks at every resource itself too. */
  converge: boolean;
  /** How many resources it is to have, those of stacks inside not counted. */
  size: number;
  /** Only these are signalled to the snapshot under way. */
  snapshot_id: string | null;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

export interface ResourceRow {
  /** Of this resource of Heat's; also its uuid for names that must be unique. */
  id: string;
  seq: number;
  stack_id: string;
  name: string;
  /** The type as the template calls it. */
  type: string;
  action: ResourceAction;
  status: Status;
  reason: string;
  physical_id: string | null;
  intended_id: string;
  /** As they were applied last; null before the first time. */
  properties: ValueMap | null;
  /** As they are being applied. */
  wanted: ValueMap | null;
  /** Ids of the resources that it needs. */
  needs: string[];
  metadata: ValueMap;
  /** The metadata that the template says, to tell when it changes. */
  template_metadata: ValueMap;
  update_policy: ValueMap;
  data: Record<string, string>;
  deletion_policy: 'Delete' | 'Retain' | 'Snapshot';
  /** It is somebody else's thing: never made, changed or deleted. */
  external: boolean;
  description: string;
  replaces: string | null;
  replaced_by: string | null;
  /** The action of the stack in which it was worked on last. */
  generation: number;
  nested_id: string | null;
  /** Hooks at which it waits, and those of this generation that were cleared. */
  hooks: Record<string, 'waiting' | 'cleared'>;
  /** Somebody said so; the next update makes another one. */
  unhealthy: boolean;
  /** It has let go of what its successor needs. */
  made_way: boolean;
  created_at: Date;
  updated_at: Date | null;
}

export interface EventRow {
  id: string;
  seq: number;
  stack_id: string;
  root_id: string;
  resource_name: string;
  resource_type: string;
  physical_id: string | null;
  action: ResourceAction;
  status: Status | 'SIGNAL_COMPLETE';
  reason: string;
  properties: ValueMap | null;
  at: Date;
}

export interface SnapshotRow {
  id: string;
  stack_id: string;
  name: string | null;
  status: Status;
  reason: string;
  data: Value;
  created_at: Date;
}

export type OrchestrationTables = {
  'orchestration.templates': TemplateRow;
  'orchestration.stacks': StackRow;
  'orchestration.resources': ResourceRow;
  'orchestration.events': EventRow;
  'orchestration.snapshots': SnapshotRow;
};

export type OrchestrationDatabase = Kysely<OrchestrationTables>;
export type OrchestrationTransaction = KyselyTransaction<OrchestrationTables>;
