import type { DesiredRow } from '../../../ovn/desired.ts';
import { switchName } from '../northbound/names.ts';
import type { QosDirection, QosRuleType } from './rule-types.ts';

/** What of a policy's rule the mapping needs. */
export interface QosRuleState {
  readonly type: QosRuleType;
  readonly direction: QosDirection | null;
  readonly max_kbps: number | null;
  readonly max_burst_kbps: number | null;
  readonly min_kbps: number | null;
  readonly dscp_mark: number | null;
}

/** The rules that hold for a port. */
export interface PortQosState {
  /** The network is one of the machines: flat or vlan. */
  readonly physical: boolean;
  readonly rules: readonly QosRuleState[];
}

/** The rules that hold for a floating IP. */
export interface FloatingQosState {
  /** Port of the router's gateway to the floating IP's network. */
  readonly gateway_port_id: string | null;
  readonly rules: readonly QosRuleState[];
}

/** Priorities of OVN's rules, as ML2/OVN sets them: a floating IP's comes before that of the whole gateway. */
const PRIORITY = 2002;
const FLOATING_PRIORITY = 2003;

/** Where packets are counted. */
interface Place {
  readonly network_id: string;
  readonly port_id: string;
  readonly priority: number;
  readonly externalIds: Readonly<Record<string, string>>;
  /** Only packets of this address, on the host that translates it. */
  readonly address?: { readonly ip: string; readonly resident: string };
}

/**
 * The bandwidth of a rule: kilobits per second, and kilobits that may come at once. Without a burst of its own a
 * rule gets half a second's: a meter without burst lets a whole second's pass at once, and TCP slows down to half
 * the rate when there is hardly any.
 */
function bandwidthOf(rule: QosRuleState | undefined): Record<string, number> {
  // No kilobit at all means no limit, as with Neutron's other drivers; OVN has no zero.
  if (!rule?.max_kbps) return {};
  return {
    rate: rule.max_kbps,
    burst: rule.max_burst_kbps || Math.max(1, Math.floor(rule.max_kbps / 2)),
  };
}

/** One row a direction: what the server sends comes from its port, what it receives goes to it. */
function desiredQos(place: Place, rules: readonly QosRuleState[]): DesiredRow[] {
  return (['egress', 'ingress'] as const).flatMap((direction): DesiredRow[] => {
    const limit = rules.find(
      (rule) => rule.type === 'bandwidth_limit' && rule.direction === direction,
    );
    const mark =
      direction === 'egress' ? rules.find(({ type }) => type === 'dscp_marking') : undefined;
    const bandwidth = bandwidthOf(limit);
    const action: Record<string, number> = mark === undefined ? {} : { dscp: mark.dscp_mark! };
    if (Object.keys(bandwidth).length + Object.keys(action).length === 0) return [];
    const [side, end] = direction === 'egress' ? ['inport', 'src'] : ['outport', 'dst'];
    const address =
      place.address === undefined
        ? ''
        : ` && ip4.${end} == ${place.address.ip} && is_chassis_resident("${place.address.resident}")`;
    const match = `${side} == "${place.port_id}"${address}`;
    return [
      {
        table: 'QoS',
        key: match,
        columns: {
          direction: direction === 'egress' ? 'from-lport' : 'to-lport',
          priority: place.priority,
          match,
          bandwidth,
          action,
          external_ids: place.externalIds,
        },
        parents: [
          { table: 'Logical_Switch', key: switchName(place.network_id), column: 'qos_rules' },
        ],
      },
    ];
  });
}

/** The port of a policy, as far as the mapping needs it. */
interface LimitedPort {
  readonly id: string;
  readonly network_id: string;
  readonly device_owner: string;
  readonly router_id: string | null;
  readonly qos?: PortQosState | null;
}

const isLimited = ({ device_owner: owner }: LimitedPort): boolean =>
  owner === 'network:router_gateway' || !/^(network|neutron):/.test(owner);

/** Limits and marks of a port; one that is a router's gateway is marked as the router's. */
export function desiredPortQos(port: LimitedPort): DesiredRow[] {
  if (!port.qos || !isLimited(port)) return [];
  return desiredQos(
    {
      network_id: port.network_id,
      port_id: port.id,
      priority: PRIORITY,
      externalIds:
        port.router_id === null
          ? { 'neutron:port_id': port.id }
          : { 'neutron:router_id': port.router_id },
    },
    port.qos.rules,
  );
}

/**
 * What the host's interface to the physical network should keep for the port, in bits per second: only there can OVN
 * promise a minimum. The limit stays a rule of the switch as well, since between two servers of one host no such
 * interface is crossed.
 */
export function portQosOptions(port: LimitedPort): Record<string, string> {
  if (!port.qos?.physical || !isLimited(port)) return {};
  const egress = port.qos.rules.filter(({ direction }) => direction === 'egress');
  const minimum = egress.find(({ type }) => type === 'minimum_bandwidth');
  if (minimum === undefined) return {};
  const limit = egress.find(({ type }) => type === 'bandwidth_limit');
  const bits = (kilobits: number) => String(kilobits * 1000);
  return {
    qos_min_rate: bits(minimum.min_kbps!),
    ...(limit?.max_kbps ? { qos_max_rate: bits(limit.max_kbps) } : {}),
    ...(limit?.max_burst_kbps ? { qos_burst: bits(limit.max_burst_kbps) } : {}),
  };
}

/** Limits and marks of a floating IP: packets of its address at the router's gateway, where they are translated. */
export function desiredFloatingQos(
  floating: {
    readonly id: string;
    readonly floating_network_id: string;
    readonly floating_ip_address: string;
    readonly qos?: FloatingQosState | null;
  },
  /** The server's port when its host translates; undefined: the gateway's host does. */
  distributedPort: string | undefined,
): DesiredRow[] {
  const gateway = floating.qos?.gateway_port_id;
  if (!gateway) return [];
  return desiredQos(
    {
      network_id: floating.floating_network_id,
      port_id: gateway,
      priority: FLOATING_PRIORITY,
      externalIds: { 'neutron:fip_id': floating.id },
      address: {
        ip: floating.floating_ip_address,
        resident: distributedPort ?? `cr-lrp-${gateway}`,
      },
    },
    floating.qos!.rules,
  );
}
