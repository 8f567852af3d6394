import type { ResourceType } from '../type.ts';
import { addressScope } from './address-scope.ts';
import { extraRoute, extraRouteSet } from './extra-route.ts';
import { floatingIpAssociation } from './floating-ip-association.ts';
import { floatingIpPortForward } from './floating-ip-port-forward.ts';
import { floatingIp } from './floating-ip.ts';
import { net } from './net.ts';
import { port } from './port.ts';
import { providerNet } from './provider-net.ts';
import { qosPolicy, qosRules } from './qos.ts';
import { networkQuota } from './quota.ts';
import { rbacPolicy } from './rbac-policy.ts';
import { routerGateway } from './router-gateway.ts';
import { routerInterface } from './router-interface.ts';
import { router } from './router.ts';
import { securityGroupRule } from './security-group-rule.ts';
import { securityGroup } from './security-group.ts';
import { segment } from './segment.ts';
import { serviceChaining } from './service-chaining.ts';
import { subnetPool } from './subnet-pool.ts';
import { subnet } from './subnet.ts';
import { tapFlow, tapService } from './taps.ts';
import { trunk } from './trunk.ts';

/** What the network service has. */
export const networkTypes: readonly ResourceType[] = [
  net,
  providerNet,
  subnet,
  port,
  router,
  routerInterface,
  routerGateway,
  floatingIp,
  floatingIpAssociation,
  floatingIpPortForward,
  securityGroup,
  securityGroupRule,
  extraRoute,
  extraRouteSet,
  addressScope,
  subnetPool,
  rbacPolicy,
  qosPolicy,
  ...qosRules,
  trunk,
  segment,
  networkQuota,
  tapService,
  tapFlow,
  ...serviceChaining,
];
