import type { ResourceType } from '../type.ts';
import { accessPolicy } from './access-policy.ts';
import { autoScalingGroup } from './auto-scaling-group.ts';
import { cloudConfig } from './cloud-config.ts';
import { delay } from './delay.ts';
import { deployedServer } from './deployed-server.ts';
import {
  softwareDeploymentGroup,
  softwareDeployments,
  structuredDeploymentGroup,
  structuredDeployments,
} from './deployment-group.ts';
import { haRestarter } from './ha-restarter.ts';
import { awsAutoScalingGroup, instanceGroup } from './instance-group.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { multipartMime } from './multipart-mime.ts';
import { none } from './none.ts';
import { randomString } from './random-string.ts';
import { resourceChain } from './resource-chain.ts';
import { resourceGroup } from './resource-group.ts';
import { awsScalingPolicy, scalingPolicy } from './scaling-policy.ts';
import { softwareComponent, softwareConfig, structuredConfig } from './software-config.ts';
import { softwareDeployment, structuredDeployment } from './software-deployment.ts';
import { stack } from './stack.ts';
import { testResource } from './test-resource.ts';
import { value } from './value.ts';
import { cfnWaitCondition, waitCondition } from './wait-condition.ts';
import {
  cfnWaitConditionHandle,
  updateWaitConditionHandle,
  waitConditionHandle,
} from './wait-condition-handle.ts';

/** Heat's own types, and those of CloudFormation that are made of them. */
export const heatTypes: readonly ResourceType[] = [
  accessPolicy,
  autoScalingGroup,
  awsAutoScalingGroup,
  awsScalingPolicy,
  cfnWaitCondition,
  cfnWaitConditionHandle,
  cloudConfig,
  delay,
  deployedServer,
  haRestarter,
  instanceGroup,
  launchConfiguration,
  multipartMime,
  none,
  randomString,
  resourceChain,
  resourceGroup,
  scalingPolicy,
  softwareComponent,
  softwareConfig,
  softwareDeployment,
  softwareDeploymentGroup,
  softwareDeployments,
  stack,
  structuredConfig,
  structuredDeployment,
  structuredDeploymentGroup,
  structuredDeployments,
  testResource,
  updateWaitConditionHandle,
  value,
  waitCondition,
  waitConditionHandle,
];
