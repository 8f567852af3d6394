import type { MeasuredCloud } from './context.ts';
import { Measurement } from './measure.ts';
import type { Peer } from './peer.ts';
import { familiesOf, quietFamilies, type ProcessFamily } from './processes.ts';
import { TimingClient, type TimedAnswer } from './client.ts';

/** An identity service under measurement: ours, or another cloud's. */
export class IdentityTarget {
  readonly #client: TimingClient;
  readonly #path: string;
  readonly #families: (() => readonly ProcessFamily[]) | undefined;
  /** Body that logs in with the administrator's password, in a project. */
  readonly passwordBody: object;

  constructor(
    client: TimingClient,
    path: string,
    passwordBody: object,
    families: (() => readonly ProcessFamily[]) | undefined,
  ) {
    this.#client = client;
    this.#path = path;
    this.passwordBody = passwordBody;
    this.#families = families;
  }

  static async ofCloud({ cloud, client }: MeasuredCloud): Promise<IdentityTarget> {
    const {
      OS_USERNAME: name,
      OS_PASSWORD: password,
      OS_PROJECT_NAME: project,
    } = await cloud.credentials();
    const domain = { name: 'Default' };
    const body = {
      auth: {
        identity: { methods: ['password'], password: { user: { name, password, domain } } },
        scope: { project: { name: project, domain } },
      },
    };
    return new IdentityTarget(client, '/identity/v3', body, () => familiesOf(cloud.home));
  }

  static ofPeer({ identity, families }: Peer): IdentityTarget {
    return new IdentityTarget(identity.client, identity.path, identity.passwordBody, families);
  }

  /** A measurement of this cloud's requests; without its processes the processor time stays empty. */
  measurement(): Measurement {
    const families = this.#families;
    return new Measurement(async () =>
      families === undefined ? new Map<string, number>() : quietFamilies(families),
    );
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TimedAnswer> {
    return this.#client.call(method, this.#path + path, body, headers);
  }

  /** A token of its own for the project of the administrator. */
  async token(): Promise<string> {
    const { headers } = await this.call('POST', '/auth/tokens', this.passwordBody);
    return String(headers['x-subject-token']);
  }
}
