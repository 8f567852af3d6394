import { startOvsdbServer } from '../../src/ovn/testing.ts';
import { OvsdbConnection } from '../support/ovsdb.ts';

/** Transactions on an ovsdb-server of its own, spoken by hand. */
export interface OvsdbFloor {
  /** One transaction that inserts a row or takes it away again, in milliseconds. */
  transact(): Promise<number>;
  close(): Promise<void>;
}

/** Starts an ovsdb-server with an empty Northbound database that nobody else follows. */
export async function openOvsdbFloor(): Promise<OvsdbFloor> {
  const server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
  const connection = await OvsdbConnection.open(server.remote.replace(/^unix:/, ''));
  let next = 0;
  return {
    async transact() {
      const operation =
        next++ % 2 === 0
          ? { op: 'insert', table: 'Address_Set', row: { name: 'floor' } }
          : { op: 'delete', table: 'Address_Set', where: [['name', '==', 'floor']] };
      const before = performance.now();
      await connection.transact('OVN_Northbound', operation);
      return performance.now() - before;
    },
    async close() {
      connection.close();
      await server.stop();
    },
  };
}
