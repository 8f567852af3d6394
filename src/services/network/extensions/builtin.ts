import { addressScopes } from '../address_scopes/extension.ts';
import type { Extension } from '../drivers/extension.ts';
import { floatingIps } from '../floatingips/extension.ts';
import { networks } from '../networks/extension.ts';
import { ports } from '../ports/extension.ts';
import { routers } from '../routers/extension.ts';
import { securityGroups } from '../security_groups/extension.ts';
import { subnetPools } from '../subnetpools/extension.ts';
import { subnets } from '../subnets/extension.ts';
import { common } from './common.ts';

/** The parts of the service that are always there. */
export const BUILTIN: readonly Extension[] = [
  common,
  networks,
  subnets,
  addressScopes,
  subnetPools,
  ports,
  routers,
  floatingIps,
  securityGroups,
];
