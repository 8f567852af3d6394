import type { Examples } from './examples.ts';

/** Good bodies of QoS policies and their rules. */
export const qos = (name: string): Examples => ({
  'network.create_policy': [
    { policy: { name, description: 'd', is_default: true, shared: false } },
    { policies: [{ name }, { name: '' }] },
  ],
  'network.update_policy': [{ policy: { name, is_default: false, shared: true } }],
  'network.create_policy_bandwidth_limit_rule': [
    { bandwidth_limit_rule: { max_kbps: 2000, max_burst_kbps: 200, direction: 'ingress' } },
  ],
  'network.update_policy_bandwidth_limit_rule': [{ bandwidth_limit_rule: { max_kbps: 3000 } }],
  'network.update_alias_bandwidth_limit_rule': [
    { alias_bandwidth_limit_rule: { max_burst_kbps: 1 } },
  ],
  'network.create_policy_dscp_marking_rule': [{ dscp_marking_rule: { dscp_mark: 46 } }],
  'network.update_policy_dscp_marking_rule': [{ dscp_marking_rule: { dscp_mark: 8 } }],
  'network.update_alias_dscp_marking_rule': [{ alias_dscp_marking_rule: { dscp_mark: 0 } }],
  'network.create_policy_minimum_bandwidth_rule': [
    { minimum_bandwidth_rules: [{ min_kbps: 5 }, { min_kbps: 6, direction: 'ingress' }] },
  ],
  'network.update_policy_minimum_bandwidth_rule': [{ minimum_bandwidth_rule: { min_kbps: 7 } }],
  'network.update_alias_minimum_bandwidth_rule': [
    { alias_minimum_bandwidth_rule: { min_kbps: 7 } },
  ],
  'network.create_policy_packet_rate_limit_rule': [{ packet_rate_limit_rule: { max_kpps: 9 } }],
  'network.update_policy_packet_rate_limit_rule': [{ packet_rate_limit_rule: { max_kpps: 8 } }],
  'network.create_policy_minimum_packet_rate_rule': [
    { minimum_packet_rate_rule: { min_kpps: 1, direction: 'any' } },
  ],
  'network.update_policy_minimum_packet_rate_rule': [{ minimum_packet_rate_rule: { min_kpps: 2 } }],
  'network.update_alias_minimum_packet_rate_rule': [
    { alias_minimum_packet_rate_rule: { min_kpps: 2 } },
  ],
});
