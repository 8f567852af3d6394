import type { ValueMap } from '../../language/index.ts';
import type { Properties } from '../property.ts';
import type { ResourceType } from '../type.ts';
import {
  batchesOf,
  byMember,
  GROUP,
  groupPolicy,
  groupTemplate,
  membersOf,
  select,
  wholePath,
  withoutNulls,
} from './group-template.ts';
import { mapAt } from './own.ts';
import {
  deploymentProperties,
  refuseTransport,
  structuredProperties,
} from './software-deployment.ts';
import { wordOf } from '../../language/value.ts';

const ATTRIBUTES: Readonly<Record<string, string>> = {
  deploy_stdouts: 'deploy_stdout',
  deploy_stderrs: 'deploy_stderr',
  deploy_status_codes: 'deploy_status_code',
};

function groupOf(
  member: string,
  head: Pick<ResourceType, 'name' | 'aliases' | 'description'>,
  own: Properties,
): ResourceType {
  return {
    ...GROUP,
    ...head,
    support: { version: '5.0.0' },
    properties: {
      ...deploymentProperties,
      ...own,
      servers: {
        type: 'map',
        description: 'The servers, by the names that their deployments have.',
        required: true,
        updateAllowed: true,
      },
    },
    attributes: {
      deploy_stdouts: { type: 'map', description: 'Standard output, by name.' },
      deploy_stderrs: { type: 'map', description: 'Standard error, by name.' },
      deploy_status_codes: { type: 'map', description: 'Exit codes, by name.' },
    },
    updatePolicy: groupPolicy(false),
    validate: refuseTransport,
    async create() {},
    async update() {},
    async nested(step) {
      const { servers: _, ...rest } = step.properties;
      const properties = withoutNulls(rest as ValueMap);
      const entries = Object.entries(mapAt(step.properties, 'servers'));
      const policy =
        step.updatePolicy[step.nestedStackId === null ? 'batch_create' : 'rolling_update'];
      return {
        template: groupTemplate(
          entries.map(([name, server]) => [
            name,
            { type: member, properties: { ...properties, server } },
          ]),
        ),
        ...batchesOf((policy ?? undefined) as ValueMap | undefined, entries.length),
      };
    },
    attribute: wholePath(async (step, [key, ...path]) => {
      if (step.nestedStackId === null) return undefined;
      const name = ATTRIBUTES[wordOf(key)] ?? wordOf(key);
      return select(await byMember(await membersOf(step), [name]), path);
    }),
  };
}

/** The same deployment in several servers. */
export const softwareDeploymentGroup = groupOf(
  'OS::Heat::SoftwareDeployment',
  {
    name: 'OS::Heat::SoftwareDeploymentGroup',
    description: 'Carries a configuration out in several servers.',
  },
  {},
);
export const structuredDeploymentGroup = groupOf(
  'OS::Heat::StructuredDeployment',
  {
    name: 'OS::Heat::StructuredDeploymentGroup',
    description: 'Carries a structured configuration out in several servers.',
  },
  structuredProperties,
);

const hidden = (type: ResourceType, name: string): ResourceType => ({
  ...type,
  name,
  support: { status: 'HIDDEN', version: '7.0.0', message: `Use ${type.name} instead.` },
});
/** Their names of old. */
export const softwareDeployments = hidden(softwareDeploymentGroup, 'OS::Heat::SoftwareDeployments');
export const structuredDeployments = hidden(
  structuredDeploymentGroup,
  'OS::Heat::StructuredDeployments',
);
