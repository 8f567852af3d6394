import { readFileSync } from 'node:fs';
import { newUuid } from '../../core/ids.ts';
import type { Operation } from '../operation.ts';
import type { OrchestrationContext } from './context.ts';
import { eventOperations } from './events/api.ts';
import { outputOperations } from './outputs/api.ts';
import { resourceOperations } from './resources/api.ts';
import { resourceTypeOperations } from './resource_types/api.ts';
import { serviceOperations } from './services/api.ts';
import { signalOperations } from './signals/api.ts';
import { softwareConfigOperations } from './software_configs/api.ts';
import { softwareDeploymentOperations, type Carrier } from './software_deployments/api.ts';
import { validationOperations } from './validation/api.ts';
import { templateVersionOperations } from './template_versions/api.ts';
import { snapshotOperations } from './snapshots/api.ts';
import { stackOperations } from './stacks/api.ts';
import { changeOperations } from './stacks/changes-api.ts';
import { lookupOperations } from './stacks/lookup.ts';
import { templateOperations } from './templates/api.ts';

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** All operations of the service: one list a folder. */
export const orchestrationOperations = (
  context: OrchestrationContext,
  carrier: Carrier,
): Operation[] => [
  ...stackOperations(context),
  ...changeOperations(context),
  ...lookupOperations(context),
  ...resourceOperations(context),
  ...eventOperations(context),
  ...outputOperations(context),
  ...templateOperations(context),
  ...snapshotOperations(context),
  ...signalOperations(context),
  ...softwareConfigOperations(context.database),
  ...softwareDeploymentOperations(context.database, carrier),
  ...resourceTypeOperations(context.types),
  ...templateVersionOperations(),
  ...validationOperations(context),
  ...serviceOperations(newUuid(), new Date(), VERSION),
];
