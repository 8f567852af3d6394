import type { Generated } from 'kysely';

export interface RbacPoliciesTable {
  id: Generated<string>;
  project_id: string;
  object_type: string;
  object_id: string;
  target_project: string;
  action: string;
  created_at: Generated<Date>;
}

export type RbacTables = { 'network.rbac_policies': RbacPoliciesTable };
