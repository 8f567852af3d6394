import type { Change } from '../change.ts';
import { checkPortName } from '../dns/names.ts';
import { cannotBind } from '../port_bindings/rules.ts';
import type { AddressPairJson, ExtraDhcpOptionJson } from '../tables.ts';
import type { FixedIpRequest } from './addressing.ts';
import type { PortPlan } from './create.ts';
import { checkDhcpOption } from './dhcp.ts';

/** What a request says about a port. */
export interface PortValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: string[];
  readonly network_id: string;
  readonly admin_state_up: boolean;
  readonly mac_address?: string;
  readonly fixed_ips?: FixedIpRequest[];
  readonly device_id: string;
  readonly device_owner: string;
  readonly security_groups?: string[];
  readonly port_security_enabled?: boolean;
  readonly allowed_address_pairs: AddressPairJson[];
  readonly extra_dhcp_opts: { opt_name: string; opt_value: string | null; ip_version?: number }[];
  readonly dns_name: string;
  readonly dns_domain: string;
  readonly data_plane_status?: string | null;
  readonly device_profile: string | null;
  readonly numa_affinity_policy: string | null;
  readonly 'binding:host_id': string | null;
  readonly 'binding:profile': Record<string, unknown> | null;
  readonly 'binding:vnic_type': string;
}

/** The port that a request asks for. */
export function planOf({ settings }: Change, values: PortValues): PortPlan {
  checkPortName(values.dns_name, settings.options.dns_domain);
  for (const option of values.extra_dhcp_opts) checkDhcpOption(option);
  const host = values['binding:host_id'] ?? '';
  const vnicType = values['binding:vnic_type'];
  return {
    project_id: values.project_id,
    name: values.name,
    description: values.description,
    tags: values.tags,
    network_id: values.network_id,
    mac_address: values.mac_address,
    fixed_ips: values.fixed_ips,
    admin_state_up: values.admin_state_up,
    device_id: values.device_id,
    device_owner: values.device_owner,
    port_security_enabled: values.port_security_enabled,
    security_groups: values.security_groups,
    allowed_address_pairs: values.allowed_address_pairs,
    extra_dhcp_opts: dhcpOptions([], values.extra_dhcp_opts),
    dns_name: values.dns_name,
    dns_domain: values.dns_domain,
    ip_allocation: values.fixed_ips?.length === 0 ? 'none' : 'immediate',
    device_profile: values.device_profile,
    numa_affinity_policy: values.numa_affinity_policy,
    binding_host_id: host,
    binding_profile: values['binding:profile'] ?? {},
    binding_vnic_type: vnicType,
    binding_failed: cannotBind(settings.chassis(), { host, vnic_type: vnicType }),
  };
}

/** Options after an update: those named are replaced, those with a null value go. */
export function dhcpOptions(
  present: readonly ExtraDhcpOptionJson[],
  requested: PortValues['extra_dhcp_opts'],
): ExtraDhcpOptionJson[] {
  const options = new Map(
    present.map((option) => [`${option.ip_version} ${option.opt_name}`, option]),
  );
  for (const { opt_name, opt_value, ip_version = 4 } of requested) {
    const key = `${ip_version} ${opt_name}`;
    if (opt_value === null) options.delete(key);
    else options.set(key, { opt_name, opt_value, ip_version });
  }
  return [...options.values()];
}
