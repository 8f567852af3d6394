import type { Value } from '../../language/index.ts';
import { checkThing, find, idOf, isFault, show, textIn } from '../requests.ts';
import { gives, named, oneOf, REQUIRED, since, sized, text, yesNo } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';

/** The last version of the API in which the service makes keys itself is 2.91. */
const MICROVERSION = '2.79';

const queryOf = (step: Step) => {
  const user = textIn(step.properties, 'user');
  return {
    microversion: MICROVERSION,
    ...(user !== undefined && { query: { user_id: user } }),
  };
};
const pathOf = (name: string): string => `/v2.1/os-keypairs/${encodeURIComponent(name)}`;

async function remove(step: Step, name: string): Promise<void> {
  try {
    await step.cloud.request('compute', 'DELETE', pathOf(name), queryOf(step));
  } catch (error) {
    if (!isFault(error, 'notFound')) throw error;
  }
}

export const keyPair: ResourceType = {
  name: 'OS::Nova::KeyPair',
  description: 'A key pair, of which servers get the public key: a given one, or a new one.',
  support: { version: '2014.1' },
  properties: {
    name: text('What the key pair is called.', { ...REQUIRED, ...sized(1, 255) }),
    save_private_key: yesNo('Whether a new private key is kept, for the attribute private_key.', {
      default: false,
    }),
    public_key: text('The public key; a new pair is made without it.'),
    type: text('The kind of key.', { ...oneOf('ssh', 'x509'), ...since('8.0.0') }),
    user: named(
      'keystone.user',
      'The user that it shall be of; for administrators.',
      since('9.0.0'),
    ),
  },
  attributes: {
    public_key: gives.text('The public key.'),
    private_key: gives.text('The private key, when it was kept.'),
  },
  async create(step) {
    const name = textIn(step.properties, 'name') ?? '';
    const publicKey = textIn(step.properties, 'public_key');
    const body: Record<string, Value> = { name };
    const type = textIn(step.properties, 'type');
    const user = textIn(step.properties, 'user');
    if (publicKey !== undefined) body['public_key'] = publicKey;
    if (type !== undefined) body['type'] = type;
    if (user !== undefined) body['user_id'] = user;
    const post = () =>
      step.cloud.request('compute', 'POST', '/v2.1/os-keypairs', {
        body: { keypair: body },
        microversion: MICROVERSION,
      });
    const reply = await post().catch(async (error: unknown) => {
      if (!step.repeated || !isFault(error, 'conflict')) throw error;
      // A private key is told once: what a lost answer held is made anew.
      await remove(step, name);
      return post();
    });
    const made = (reply.body as { keypair?: Record<string, string> } | undefined)?.keypair ?? {};
    const keeps = step.properties['save_private_key'] === true;
    await step.save({
      physicalId: name,
      data: { private_key: (keeps ? made['private_key'] : undefined) ?? null },
    });
  },
  async delete(step) {
    if (step.physicalId !== null) await remove(step, step.physicalId);
  },
  async makeWay(step) {
    if (step.physicalId !== null) await remove(step, step.physicalId);
  },
  check: (step) =>
    checkThing(step, 'key pair', () =>
      find(step, 'compute', pathOf(idOf(step)), 'keypair', queryOf(step)),
    ),
  describe: (step) => show(step, 'compute', pathOf(idOf(step)), 'keypair', queryOf(step)),
  async attribute(step, name) {
    if (name === 'private_key') return step.data['private_key'] ?? '';
    const given = textIn(step.properties, 'public_key');
    if (given !== undefined && name === 'public_key') return given;
    if (step.physicalId === null) return undefined;
    const found = await show(step, 'compute', pathOf(step.physicalId), 'keypair', queryOf(step));
    return found[name];
  },
};
