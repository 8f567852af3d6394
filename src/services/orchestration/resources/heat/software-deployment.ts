import { badRequest, Fault } from '../../../../core/errors.ts';
import { namedUuid } from '../../../../core/ids.ts';
import { jsonOf, type Value, type ValueMap } from '../../language/index.ts';
import { COMMON_OUTPUTS, outcomeOf } from '../../software_deployments/outcome.ts';
import type { Attributes, Properties } from '../property.ts';
import {
  ReplacementNeeded,
  ResourceFailure,
  type ResourceType,
  type Step,
  type UpdateStep,
} from '../type.ts';
import { derivedConfig, derivedInputs } from './derived-config.ts';
import { askSelf, askSelfMaybe, mapAt } from './own.ts';

export const DEPLOY_ACTIONS = ['CREATE', 'UPDATE', 'DELETE', 'SUSPEND', 'RESUME'];
const TRANSPORTS = ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL', 'ZAQAR_SIGNAL'];

/** What deployments to one and to many servers share. */
export const deploymentProperties: Properties = {
  config: {
    type: 'string',
    description: 'The configuration to carry out.',
    updateAllowed: true,
  },
  input_values: {
    type: 'map',
    description: 'Values of the inputs.',
    updateAllowed: true,
  },
  actions: {
    type: 'list',
    description: 'The actions of the stack that carry it out.',
    default: ['CREATE', 'UPDATE'],
    updateAllowed: true,
    items: {
      type: 'string',
      description: 'An action.',
      constraints: [{ kind: 'allowed_values', values: DEPLOY_ACTIONS, description: undefined }],
    },
  },
  name: {
    type: 'string',
    description: "Its name; a server's deployments are carried out in the order of their names.",
    updateAllowed: true,
  },
  signal_transport: {
    type: 'string',
    description:
      'How the outputs of an agent in the server come back; NO_SIGNAL: nobody waits for them. Containers need no agent.',
    default: 'CFN_SIGNAL',
    constraints: [{ kind: 'allowed_values', values: TRANSPORTS, description: undefined }],
  },
};

/** What structured deployments have beside. */
export const structuredProperties: Properties = {
  input_key: {
    type: 'string',
    description: 'The key that stands for the value of an input in the configuration.',
    default: 'get_input',
  },
  input_values_validate: {
    type: 'string',
    description: 'STRICT: inputs without a value are refused.',
    default: 'LAX',
    constraints: [{ kind: 'allowed_values', values: ['LAX', 'STRICT'], description: undefined }],
  },
};

const attributes: Attributes = {
  deploy_stdout: { type: 'string', description: 'What it wrote to standard output.' },
  deploy_stderr: { type: 'string', description: 'What it wrote to standard error.' },
  deploy_status_code: { type: 'string', description: 'Its exit code.' },
};

/** Transports that need a service which is not there are refused before anything is made. */
export function refuseTransport({ signal_transport: chosen }: ValueMap): void {
  if (chosen === 'TEMP_URL_SIGNAL' || chosen === 'ZAQAR_SIGNAL') {
    throw badRequest(
      `signal_transport ${chosen} needs ${chosen === 'ZAQAR_SIGNAL' ? 'a queue service' : 'object storage'}, which this cloud does not have: use CFN_SIGNAL`,
    );
  }
}

async function sourceOf(step: Step): Promise<ValueMap> {
  const id = step.properties['config'];
  if (typeof id !== 'string' || id === '') return {};
  return mapAt(
    await askSelf(step, 'GET', `/software_configs/${encodeURIComponent(id)}`),
    'software_config',
  );
}

async function deploymentOf(step: Step): Promise<ValueMap | undefined> {
  const id = step.physicalId ?? step.intendedId;
  const reply = await askSelfMaybe(step, 'GET', `/software_deployments/${id}`);
  return reply && mapAt(reply, 'software_deployment');
}

/** Whether the stack's action is one that is carried out. */
function concerns(action: string, source: ValueMap, properties: ValueMap): boolean {
  if (source['group'] === 'component') {
    const configs = (mapAt(source, 'config')['configs'] ?? []) as readonly ValueMap[];
    return configs.some((one) => ((one['actions'] ?? []) as readonly Value[]).includes(action));
  }
  return ((properties['actions'] ?? []) as readonly Value[]).includes(action);
}

/**
 * Lets the server carry it out. What is being done is noted first, with the id of the configuration made for it: a repeated
 * call finds what the first one made and starts nothing twice.
 */
async function begin(step: Step, action: string): Promise<void> {
  const source = await sourceOf(step);
  if (!concerns(action, source, step.properties)) return;
  const known = await deploymentOf(step);
  const resumed = step.data['action'] === action;
  const round = Number(step.data['round'] ?? 0) + (resumed ? 0 : 1);
  const configId = namedUuid(step.intendedId, `${action}/${round}`);
  if (!resumed) await step.save({ data: { action, round: String(round) } });
  if (known?.['config_id'] === configId) {
    await step.save({ physicalId: step.intendedId });
    return;
  }
  if ((await askSelfMaybe(step, 'GET', `/software_configs/${configId}`)) === undefined) {
    const body = await derivedConfig(step, action, source);
    await askSelf(step, 'POST', '/software_configs', { body, intendedId: configId });
  }
  const silent = step.properties['signal_transport'] === 'NO_SIGNAL';
  const body = {
    config_id: configId,
    action,
    input_values: step.properties['input_values'] ?? {},
    status: silent ? 'COMPLETE' : 'IN_PROGRESS',
    status_reason: silent ? 'Not waiting for outputs signal' : 'Deploy data available',
  };
  if (known === undefined) {
    await askSelf(step, 'POST', '/software_deployments', {
      body: { ...body, server_id: String(step.properties['server']) },
      intendedId: step.intendedId,
    });
    await step.save({ physicalId: step.intendedId });
    return;
  }
  await askSelf(step, 'PUT', `/software_deployments/${step.intendedId}`, { body });
  await askSelfMaybe(step, 'DELETE', `/software_configs/${String(known['config_id'])}`);
}

async function done(step: Step): Promise<boolean> {
  if (step.data['action'] === undefined) {
    // An action that concerns nobody still leaves a resource that is there.
    if (step.physicalId === null) await step.save({ physicalId: step.intendedId });
    return true;
  }
  const deployment = await deploymentOf(step);
  if (deployment === undefined) throw new ResourceFailure('The deployment was deleted');
  if (deployment['status'] === 'FAILED') {
    await step.save({ data: { action: null } });
    throw new ResourceFailure(
      `Deployment to server failed: ${String(deployment['status_reason'])}`,
    );
  }
  if (deployment['status'] !== 'COMPLETE') return false;
  await step.save({ data: { action: null } });
  return true;
}

async function serverIsThere(step: Step): Promise<boolean> {
  try {
    const path = `/v2.1/servers/${encodeURIComponent(String(step.properties['server']))}`;
    await step.cloud.request('compute', 'GET', path);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.kind === 'notFound') return false;
    throw error;
  }
}

async function remove(step: Step): Promise<void> {
  const deployment = await deploymentOf(step);
  if (deployment === undefined) return;
  await askSelfMaybe(step, 'DELETE', `/software_deployments/${String(deployment['id'])}`);
  await askSelfMaybe(step, 'DELETE', `/software_configs/${String(deployment['config_id'])}`);
}

/** Inputs whose change asks for a new deployment. */
async function replacesOnChange(step: UpdateStep): Promise<boolean> {
  if (!step.changed.has('input_values') && !step.changed.has('config')) return false;
  const { inputs } = await sourceOf(step);
  const present = await derivedInputs(step, 'UPDATE', inputs);
  const former = new Map(Object.entries((step.former['input_values'] ?? {}) as ValueMap));
  return present.some((input) => {
    if (input['replace_on_change'] !== true) return false;
    const before = former.get(String(input['name'])) ?? input['default'] ?? null;
    return jsonOf(before) !== jsonOf(input['value'] ?? null);
  });
}

const deployment = {
  hasFurtherAttributes: true,
  attributes,
  create: (step: Step) => begin(step, 'CREATE'),
  isCreated: done,
  async update(step: UpdateStep) {
    if (await replacesOnChange(step))
      throw new ReplacementNeeded('An input asks for a new deployment');
    await begin(step, 'UPDATE');
  },
  isUpdated: done,
  async delete(step: Step) {
    if ((await deploymentOf(step)) === undefined || !(await serverIsThere(step))) return;
    await begin(step, 'DELETE');
  },
  async isDeleted(step: Step) {
    if (step.data['action'] === 'DELETE' && (await serverIsThere(step)) && !(await done(step)))
      return false;
    await remove(step);
    return true;
  },
  suspend: (step: Step) => begin(step, 'SUSPEND'),
  isSuspended: done,
  resume: (step: Step) => begin(step, 'RESUME'),
  isResumed: done,
  async check(step: Step) {
    if (step.physicalId !== null && (await deploymentOf(step)) === undefined)
      throw new ResourceFailure('The deployment is gone');
  },
  async signal(step: Step, details: Value) {
    const known = await deploymentOf(step);
    // Outputs are expected while it is being carried out, and not after.
    if (known === undefined || known['status'] !== 'IN_PROGRESS') return '';
    const config = await askSelfMaybe(
      step,
      'GET',
      `/software_configs/${String(known['config_id'])}`,
    );
    const declared = mapAt(config ?? {}, 'software_config')['outputs'];
    const outcome = outcomeOf(
      String(known['id']),
      (declared ?? []) as readonly ValueMap[],
      mapAt(known, 'output_values'),
      details,
    );
    await askSelf(step, 'PUT', `/software_deployments/${String(known['id'])}`, {
      body: {
        output_values: outcome.outputs,
        status: outcome.status,
        status_reason: outcome.reason,
      },
    });
    return outcome.event;
  },
  async attribute(step: Step, key: string) {
    if (step.physicalId !== null) {
      const outputs = mapAt((await deploymentOf(step)) ?? {}, 'output_values');
      if (outputs[key] !== undefined) return outputs[key];
    }
    const declared = ((await sourceOf(step))['outputs'] ?? []) as readonly ValueMap[];
    if (!COMMON_OUTPUTS.includes(key) && !declared.some((output) => output['name'] === key)) {
      throw badRequest(`The Referenced Attribute (${step.name} ${key}) is incorrect.`);
    }
    return step.physicalId === null ? undefined : null;
  },
  async describe(step: Step) {
    return (await deploymentOf(step)) ?? {};
  },
  validate: refuseTransport,
} as const;

const server = {
  type: 'string',
  description: 'The id of the server that carries it out.',
  required: true,
} as const;

/** Carries a configuration out in a server. */
export const softwareDeployment: ResourceType = {
  ...deployment,
  name: 'OS::Heat::SoftwareDeployment',
  description: 'Carries a configuration out in a server and brings its outputs back.',
  support: { version: '2014.1' },
  properties: { ...deploymentProperties, server },
};

/** The same with a configuration that is a map, in which inputs are put. */
export const structuredDeployment: ResourceType = {
  ...deployment,
  name: 'OS::Heat::StructuredDeployment',
  description: 'Carries a structured configuration out, with the values of its inputs put in.',
  support: { version: '2014.1' },
  properties: { ...deploymentProperties, ...structuredProperties, server },
};
