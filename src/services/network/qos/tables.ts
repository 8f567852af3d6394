import type { Generated } from 'kysely';
import type { StandardColumns } from '../attributes/standard.ts';

export interface QosPoliciesTable extends StandardColumns {
  shared: boolean;
  is_default: boolean;
}

export interface QosRulesTable {
  id: string;
  policy_id: string;
  type: string;
  direction: string | null;
  max_kbps: number | null;
  max_burst_kbps: number | null;
  min_kbps: number | null;
  dscp_mark: number | null;
  max_kpps: number | null;
  max_burst_kpps: number | null;
  min_kpps: number | null;
  created_at: Generated<Date>;
}

export type QosTables = {
  'network.qos_policies': QosPoliciesTable;
  'network.qos_rules': QosRulesTable;
};
