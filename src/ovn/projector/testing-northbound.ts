import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { connect, OvsdbError, remove } from '../index.ts';
import type { ConnectOptions, Northbound, OvsdbClient } from '../index.ts';
import { freePort, startOvsdbServer } from '../testing.ts';
import type { TestOvsdbServer } from '../testing.ts';

export const SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema';

/** What the tests of one suite share. */
export interface NorthboundTest {
  readonly server: TestOvsdbServer;
  /** TCP port on which the server listens besides its socket. */
  readonly port: number;
  /** Connected, with a mirror; the database is empty when a test begins. */
  readonly client: OvsdbClient<Northbound>;
  /** One more client; closed after the test. */
  open(options?: Partial<ConnectOptions<'OVN_Northbound'>>): OvsdbClient<Northbound>;
}

/** Gives the suite that calls it a server of its own and each test an empty database. */
export function useNorthbound(): NorthboundTest {
  const clients: OvsdbClient<Northbound>[] = [];
  let server: TestOvsdbServer;
  let port: number;
  let client: OvsdbClient<Northbound>;
  const open = (options: Partial<ConnectOptions<'OVN_Northbound'>> = {}) => {
    const opened = connect({
      database: 'OVN_Northbound',
      remotes: server.remote,
      monitor: ['Logical_Switch', 'Logical_Switch_Port', 'Port_Group', 'ACL', 'NB_Global'],
      maximumBackoffMilliseconds: 50,
      ...options,
    });
    clients.push(opened);
    return opened;
  };
  before(async () => {
    port = await freePort();
    server = await startOvsdbServer({ schemaFile: SCHEMA, remotes: [`ptcp:${port}:127.0.0.1`] });
  });
  after(() => server.stop());
  beforeEach(async () => {
    client = open();
    await client.transact([
      remove('Logical_Switch', []),
      remove('Port_Group', []),
      remove('NB_Global', []),
    ]);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((opened) => opened.close()));
  });
  return {
    get server() {
      return server;
    },
    get port() {
      return port;
    },
    get client() {
      return client;
    },
    open,
  };
}

/** The error that the promise must reject with. */
export const errorOf = (promise: Promise<unknown>): Promise<OvsdbError> =>
  promise.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => {
      assert.ok(error instanceof OvsdbError, String(error));
      return error;
    },
  );
