import { badRequest } from '../../../../core/errors.ts';
import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

const TRANSPORTS = ['POLL_SERVER_CFN', 'POLL_SERVER_HEAT', 'POLL_TEMP_URL', 'ZAQAR_MESSAGE'];

/** A server that is there already, outside this cloud: deployments may name it, and its agent asks for them. */
export const deployedServer: ResourceType = {
  name: 'OS::Heat::DeployedServer',
  description: 'A machine that is there already: its own agent asks for its deployments.',
  properties: {
    name: { type: 'string', description: 'Its name.', updateAllowed: true },
    metadata: {
      type: 'map',
      description: 'Not used.',
      updateAllowed: true,
      support: { status: 'DEPRECATED', version: '9.0.0', message: 'It means nothing.' },
    },
    software_config_transport: {
      type: 'string',
      description:
        'How its agent asks. It asks this service: /software_deployments/metadata/ and its id, with a token.',
      default: 'POLL_SERVER_CFN',
      updateAllowed: true,
      constraints: [{ kind: 'allowed_values', values: TRANSPORTS, description: undefined }],
    },
    deployment_swift_data: {
      type: 'map',
      description: 'Where object storage keeps its deployments; there is none here.',
      default: {},
      updateAllowed: true,
      support: { version: '9.0.0' },
      members: {
        container: { type: 'string', description: 'The container.' },
        object: { type: 'string', description: 'The object.' },
      },
    },
  },
  attributes: {
    name: { type: 'string', description: 'Its name.' },
    os_collect_config: {
      type: 'map',
      description: 'What its agent needs to find its deployments.',
      support: { version: '9.0.0' },
    },
  },
  validate({ software_config_transport: chosen }) {
    if (chosen === 'POLL_TEMP_URL' || chosen === 'ZAQAR_MESSAGE') {
      throw badRequest(
        `software_config_transport ${chosen} needs ${chosen === 'ZAQAR_MESSAGE' ? 'a queue service' : 'object storage'}, which this cloud does not have`,
      );
    }
  },
  create: async (step) => step.save({ physicalId: step.intendedId }),
  async update() {},
  async attribute(step, name) {
    if (step.physicalId === null) return undefined;
    if (name === 'name') return String(step.properties['name'] ?? physicalName(step));
    return {
      heat: {
        project_id: step.stack.projectId,
        stack_id: `${step.stack.name}/${step.stack.id}`,
        resource_name: step.name,
      },
    };
  },
};
