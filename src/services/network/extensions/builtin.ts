import { addressGroups } from '../address_groups/extension.ts';
import { addressScopes } from '../address_scopes/extension.ts';
import { defaultSecurityGroupRules } from '../default_security_group_rules/extension.ts';
import { securityGroupsDefaultStatefulness } from '../security_groups_default_statefulness/extension.ts';
import { dns } from '../dns/extension.ts';
import { autoAllocation } from '../auto_allocation/extension.ts';
import type { Extension } from '../drivers/extension.ts';
import { flavors } from '../flavors/extension.ts';
import { floatingIps } from '../floatingips/extension.ts';
import { logs } from '../logs/extension.ts';
import { networks } from '../networks/extension.ts';
import { portForwardings } from '../port_forwardings/extension.ts';
import { networkOptions, type NetworkOptions } from '../options.ts';
import { portBindings } from '../port_bindings/extension.ts';
import { ports } from '../ports/extension.ts';
import { qos } from '../qos/extension.ts';
import { rbac } from '../rbac/extension.ts';
import { routers } from '../routers/extension.ts';
import { securityGroups } from '../security_groups/extension.ts';
import { segmentRanges } from '../segment_ranges/extension.ts';
import { segments } from '../segments/extension.ts';
import { subnetPools } from '../subnetpools/extension.ts';
import { subnets } from '../subnets/extension.ts';
import { tapMirrors } from '../tap_mirrors/extension.ts';
import { tapServices } from '../tap_services/extension.ts';
import { trunks } from '../trunks/extension.ts';
import { common } from './common.ts';

/** The parts of the service that are always there. */
export const builtin = (options: NetworkOptions): readonly Extension[] => [
  common,
  networks,
  segments,
  segmentRanges,
  subnets,
  addressScopes,
  subnetPools,
  ports,
  portBindings,
  trunks,
  dns(options.dns_domain),
  routers,
  floatingIps,
  autoAllocation,
  portForwardings,
  securityGroups,
  addressGroups,
  defaultSecurityGroupRules,
  securityGroupsDefaultStatefulness,
  logs,
  tapMirrors,
  tapServices,
  qos,
  rbac,
  flavors,
];

/** The same with every option's default. */
export const BUILTIN = builtin(networkOptions({}));
