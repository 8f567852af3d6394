import { badRequest } from '../../../../core/errors.ts';
import type { ResourceType, Step } from '../type.ts';
import { fromInside } from './inside.ts';
import { CFN_NAMES, HEAT_NAMES, receive } from './wait-signals.ts';

const TRANSPORTS = [
  'CFN_SIGNAL',
  'TEMP_URL_SIGNAL',
  'HEAT_SIGNAL',
  'NO_SIGNAL',
  'ZAQAR_SIGNAL',
  'TOKEN_SIGNAL',
];

const transport = (step: Step): string => String(step.properties['signal_transport']);

/** A command for user data that ends with options of curl: `$wc_notify --data-binary '{"status": "SUCCESS"}'`. */
async function curlCommand(step: Step): Promise<string> {
  const token = await step.signals.token();
  return [
    'curl -i -X POST',
    `-H 'X-Auth-Token: ${token}'`,
    "-H 'Content-Type: application/json'",
    "-H 'Accept: application/json'",
    fromInside(step.signals.apiUrl()),
  ].join(' ');
}

/** What user data signals; a wait condition waits until it has. */
export const waitConditionHandle: ResourceType = {
  name: 'OS::Heat::WaitConditionHandle',
  description: 'What user data signals when it is done; a wait condition waits for it.',
  support: { version: '2014.2' },
  properties: {
    signal_transport: {
      type: 'string',
      description:
        'How signals come: with a token (TOKEN_SIGNAL) or at a signed address (CFN_SIGNAL); NO_SIGNAL: not at all. Object storage and queues do not exist here.',
      default: 'TOKEN_SIGNAL',
      constraints: [{ kind: 'allowed_values', values: TRANSPORTS, description: undefined }],
      support: { version: '6.0.0' },
    },
  },
  attributes: {
    token: {
      type: 'string',
      description: 'For X-Auth-Token of signals; with TOKEN_SIGNAL only.',
    },
    endpoint: {
      type: 'string',
      description: 'The address for signals, with POST; with TOKEN_SIGNAL only.',
    },
    curl_cli: {
      type: 'string',
      description: 'A curl command without its data; with TOKEN_SIGNAL only.',
    },
    signal: {
      type: 'string',
      description: 'JSON with what signals need, by signal_transport; alarm_url is the address.',
    },
  },
  validate({ signal_transport: chosen }) {
    if (chosen === 'TEMP_URL_SIGNAL' || chosen === 'ZAQAR_SIGNAL') {
      throw badRequest(
        `signal_transport ${chosen} needs ${chosen === 'ZAQAR_SIGNAL' ? 'a queue service' : 'object storage'}, which this cloud does not have: use TOKEN_SIGNAL or CFN_SIGNAL`,
      );
    }
  },
  create: async (step) => step.save({ physicalId: step.intendedId }),
  signal: (step, details) => receive(step, details, HEAT_NAMES, true),
  async attribute(step, name) {
    if (step.physicalId === null) return undefined;
    if (name === 'signal') return JSON.stringify(await signalDocument(step));
    if (transport(step) !== 'TOKEN_SIGNAL') return null;
    if (name === 'token') return step.signals.token();
    if (name === 'endpoint') return fromInside(step.signals.apiUrl());
    return curlCommand(step);
  },
};

async function signalDocument(step: Step): Promise<Record<string, string>> {
  switch (transport(step)) {
    case 'CFN_SIGNAL':
      return { alarm_url: fromInside(await step.signals.signedUrl('waitcondition')) };
    case 'TOKEN_SIGNAL':
    case 'HEAT_SIGNAL':
      return { alarm_url: fromInside(step.signals.apiUrl()), token: await step.signals.token() };
    default:
      return {};
  }
}

/** CloudFormation's handle: its reference is the address for signals, with PUT. */
export const cfnWaitConditionHandle: ResourceType = {
  name: 'AWS::CloudFormation::WaitConditionHandle',
  description: "CloudFormation's handle: a reference to it is a signed address for signals.",
  support: { version: '2014.1' },
  properties: {},
  async create(step) {
    const url = step.data['url'] ?? fromInside(await step.signals.signedUrl('waitcondition'));
    await step.save({ physicalId: step.intendedId, data: { url } });
  },
  async signal(step, details) {
    return details === null ? '' : receive(step, details, CFN_NAMES, false);
  },
  reference: (step) => step.data['url'] ?? step.name,
};

/** The same, made anew by every update of the stack, so that all must signal again. */
export const updateWaitConditionHandle: ResourceType = {
  ...cfnWaitConditionHandle,
  name: 'OS::Heat::UpdateWaitConditionHandle',
  description: 'A handle that every update of the stack makes anew, so that all must signal again.',
  alwaysReplaced: true,
};
