import type { StandardColumns } from '../attributes/standard.ts';

export interface TrunksTable extends StandardColumns {
  admin_state_up: boolean;
  status: string;
  port_id: string;
}

export interface TrunkSubportsTable {
  port_id: string;
  trunk_id: string;
  segmentation_type: string;
  segmentation_id: number;
}

export type TrunkTables = {
  'network.trunks': TrunksTable;
  'network.trunk_subports': TrunkSubportsTable;
};
