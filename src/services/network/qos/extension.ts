import type { Extension } from '../drivers/extension.ts';
import { qosRuleOperations } from './api.ts';
import { floatingIpPolicy, networkPolicy, portPolicy } from './attachments.ts';
import { portResourceRequest } from '../resource_requests/addition.ts';
import { qosPolicyNoun } from './noun.ts';
import { qosRows } from './rows.ts';
import { ruleTypeOperations } from './rule-types-api.ts';
import { qosPolicyRules } from './rules.ts';

const alias = (name: string, title: string, description: string) => ({
  alias: name,
  name: title,
  description,
});

/** Limits, marks and promises for what ports send and receive. */
export const qos: Extension = {
  name: 'QoS',
  aliases: [
    alias('qos', 'Quality of Service', 'Policies for ports and networks'),
    alias(
      'qos-bw-limit-direction',
      'Direction for QoS bandwidth limit rule',
      'Limits of what is sent, and of what is received',
    ),
    alias(
      'qos-bw-minimum-ingress',
      'Ingress direction for QoS minimum bandwidth rule',
      'Minimum bandwidth of what is received',
    ),
    alias(
      'port-resource-request',
      'Port Resource Request',
      'What a server with a port needs of its host',
    ),
    alias(
      'port-resource-request-groups',
      'Port Resource Request Groups',
      'Several groups of resources and traits, from one subtree of providers',
    ),
    alias('qos-default', 'QoS default policy', "A project's policy for new networks"),
    alias('qos-fip', 'Floating IP QoS', 'Policies of floating IPs'),
    alias(
      'qos-fip-network-policy',
      'QoS floating IP network policy ID',
      "A floating IP shows its external network's",
    ),
    alias('qos-gateway-ip', 'Router gateway IP QoS', "Policies of routers' gateways"),
    alias('qos-port-network-policy', 'QoS port network policy ID', "A port shows its network's"),
    alias('qos-pps', 'QoS Rule Type Packet per Second Extension', 'Packet rate limits'),
    alias('qos-pps-minimum', 'QoS minimum packet rate rule', 'Minimum packet rates'),
    alias(
      'qos-pps-minimum-rule-alias',
      'QoS minimum packet rate rules alias API',
      'Minimum packet rates without their policy in the path',
    ),
    alias('qos-rule-type-details', 'Details of QoS rule types', 'What is supported of each type'),
    alias(
      'qos-rule-type-filter',
      'Allow to filter the list of QoS rule types',
      'All types, or those that are supported',
    ),
    alias(
      'qos-rules-alias',
      'Quality of Service rules alias API',
      'Rules without their policy in the path',
    ),
  ],
  nouns: [[qosPolicyNoun, qosPolicyRules]],
  operations: (room) => [...qosRuleOperations(room), ...ruleTypeOperations],
  additions: [networkPolicy, portPolicy, portResourceRequest, floatingIpPolicy],
  rows: [qosRows],
  memberships: [{ table: 'Logical_Switch', column: 'qos_rules', child: 'QoS' }],
};
