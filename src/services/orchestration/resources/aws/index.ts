import type { ResourceType } from '../type.ts';
import { elasticIp, elasticIpAssociation } from './elastic-ip.ts';
import {
  gatewayAttachment,
  internetGateway,
  routeTable,
  routeTableAssociation,
} from './gateways.ts';
import { instance } from './instance.ts';
import { awsSecurityGroup } from './security-group.ts';
import { awsSubnet, networkInterface, vpc } from './vpc.ts';

/** Amazon's types, made of the network and compute services. */
export const awsTypes: readonly ResourceType[] = [
  instance,
  elasticIp,
  elasticIpAssociation,
  awsSecurityGroup,
  vpc,
  awsSubnet,
  networkInterface,
  internetGateway,
  gatewayAttachment,
  routeTable,
  routeTableAssociation,
];
