import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { sleep } from '../core/time.ts';
import {
  assertLock,
  comment,
  commit,
  connect,
  insert,
  mutate,
  named,
  OvsdbError,
  remove,
  select,
  update,
  wait,
  waitFor,
} from './index.ts';
import type { ConnectOptions, Northbound, OvsdbClient, Operation } from './index.ts';
import { freePort, startOvsdbServer } from './testing.ts';
import type { TestOvsdbServer } from './testing.ts';

const SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema';
const TABLES = ['Logical_Switch', 'Logical_Switch_Port', 'Port_Group', 'ACL', 'NB_Global'] as const;

describe('OVSDB client', () => {
  let server: TestOvsdbServer;
  let port: number;
  const clients: OvsdbClient<Northbound>[] = [];
  const open = (options: Partial<ConnectOptions<'OVN_Northbound'>> = {}) => {
    const client = connect({
      database: 'OVN_Northbound',
      remotes: server.remote,
      monitor: TABLES,
      maximumBackoffMilliseconds: 50,
      ...options,
    });
    clients.push(client);
    return client;
  };
  const errorOf = (promise: Promise<unknown>): Promise<OvsdbError> =>
    promise.then(
      () => assert.fail('it should have failed'),
      (error: unknown) => {
        assert.ok(error instanceof OvsdbError, String(error));
        return error;
      },
    );

  before(async () => {
    port = await freePort();
    server = await startOvsdbServer({ schemaFile: SCHEMA, remotes: [`ptcp:${port}:127.0.0.1`] });
  });
  after(() => server.stop());
  let client: OvsdbClient<Northbound>;
  beforeEach(async () => {
    client = open();
    await client.ready();
    await client.transact([
      remove('Logical_Switch', []),
      remove('Port_Group', []),
      remove('NB_Global', []),
    ]);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((opened) => opened.close()));
  });

  describe('transactions', () => {
    it('do every operation, over TCP as over a unix socket', async () => {
      const tcp = open({ remotes: `tcp:127.0.0.1:${port}` });
      const { results, uuids } = await tcp.transact([
        insert('Logical_Switch', { name: 'n1', ports: [named('p1'), named('p2')] }, 'n1'),
        insert('Logical_Switch_Port', { name: 'p1', options: { a: '1', b: '2' } }, 'p1'),
        insert('Logical_Switch_Port', { name: 'p2', tag: 5, addresses: ['a', 'b'] }, 'p2'),
        comment('hello'),
        commit(),
      ]);
      assert.equal(results.length, 5);
      assert.deepEqual([...uuids.keys()], ['n1', 'p1', 'p2']);
      assert.equal(results[0]?.uuid, uuids.get('n1'));
      const changed = await tcp.transact([
        update('Logical_Switch_Port', uuids.get('p1')!, { type: 'router', tag: [7] }),
        mutate(
          'Logical_Switch_Port',
          [['name', '==', 'p1']],
          ['options', 'delete', ['a']],
          ['options', 'delete', { b: 'something else' }],
          ['options', 'insert', { c: '3' }],
        ),
        mutate(
          'Logical_Switch_Port',
          uuids.get('p2')!,
          ['addresses', 'delete', ['a']],
          ['tag', '+=', 4],
        ),
        select(
          'Logical_Switch_Port',
          [['options', 'includes', { c: '3' }]],
          ['name', 'options', 'tag'],
        ),
        select('Logical_Switch_Port', [['addresses', '==', ['b']]], ['tag']),
        mutate('Logical_Switch', [], ['ports', 'delete', [uuids.get('p2')!]]),
        remove('Logical_Switch', [['name', '==', 'nobody']]),
      ]);
      assert.deepEqual(
        changed.results.map(({ count }) => count),
        [1, 1, 1, undefined, undefined, 1, 0],
      );
      const [row] = changed.results[3]!.rows!;
      assert.deepEqual(row, {
        _uuid: uuids.get('p1'),
        name: 'p1',
        options: { b: '2', c: '3' },
        tag: [7],
      });
      assert.deepEqual(changed.results[4]?.rows, [{ _uuid: uuids.get('p2'), tag: [9] }]);
    });

    it('choose a row’s uuid, and refuse it the second time', async () => {
      const uuid = '7ea0f6a4-4f2c-4d4a-8a35-0f8b0c0b9b01';
      const make = () =>
        client.transact([insert('Logical_Switch', { name: 'n1' }, undefined, uuid)]);
      assert.deepEqual((await make()).results, [{ uuid }]);
      assert.equal((await errorOf(make())).error, 'duplicate uuid');
    });

    it('name error, operation and details; nothing is half-applied', async () => {
      const sequence = client.mirror.sequence;
      const failing = (...operations: Operation[]) =>
        errorOf(client.transact([insert('Logical_Switch', { name: 'half' }), ...operations]));

      const range = await failing(
        insert('ACL', { priority: 99_999, direction: 'to-lport', action: 'drop' }),
      );
      assert.equal(range.error, 'constraint violation');
      assert.equal(range.position, 1);
      assert.match(range.message, /99999.*operation 1: insert ACL/);

      const twin = await failing(
        insert('Logical_Switch', { name: 'n', ports: [named('a'), named('b')] }),
        insert('Logical_Switch_Port', { name: 'same' }, 'a'),
        insert('Logical_Switch_Port', { name: 'same' }, 'b'),
      );
      assert.equal(twin.error, 'constraint violation');
      assert.equal(twin.position, undefined, 'only the whole transaction broke the index');
      assert.match(twin.details!, /same/);

      const dangling = await failing(
        update('Logical_Switch', [], { ports: ['00000000-0000-4000-8000-000000000001'] }),
      );
      assert.equal(dangling.error, 'referential integrity violation');
      const waited = await failing(
        wait('Logical_Switch', [['name', '==', 'x']], '==', [{ name: 'x' }]),
      );
      assert.equal(waited.error, 'timed out');
      assert.equal((await failing({ op: 'abort' })).error, 'aborted');
      assert.equal((await failing(assertLock('nobodys'))).error, 'not owner');
      const value = await failing(update('Logical_Switch', [], { name: 5 }));
      assert.deepEqual([value.error, value.position], ['bad value', 1]);
      assert.equal(
        (await failing(update('Logical_Switch', [], { nonsense: 5 }))).error,
        'unknown column',
      );
      assert.equal((await failing(remove('Nonsense', []))).error, 'unknown table');
      assert.equal(client.mirror.table('Logical_Switch').size, 0);
      assert.equal(client.mirror.sequence, sequence);
    });

    it('wait in the server for what others write', async () => {
      const waiting = client.transact(
        [
          wait('Logical_Switch', [['name', '==', 'awaited']], '==', [{ name: 'awaited' }], 5000),
          insert('Logical_Switch', { name: 'after' }),
        ],
        { timeoutMilliseconds: 5000 },
      );
      await open().transact([insert('Logical_Switch', { name: 'awaited' })]);
      await waiting;
      assert.equal(client.mirror.table('Logical_Switch').size, 2);
    });

    it('are cancelled when they take too long', async () => {
      const error = await errorOf(
        client.transact(
          [
            wait('Logical_Switch', [['name', '==', 'never']], '==', [{ name: 'never' }], 60_000),
            insert('Logical_Switch', { name: 'late' }),
          ],
          { timeoutMilliseconds: 50 },
        ),
      );
      assert.equal(error.error, 'no reply');
      assert.ok(error.outcomeUnknown);
      await client.transact([insert('Logical_Switch', { name: 'never' })]);
      await client.transact([]);
      assert.equal(client.mirror.table('Logical_Switch').first('name', 'late'), undefined);
    });

    it('are in the mirror when they resolve', async () => {
      for (let i = 0; i < 50; i++) {
        const done = await client.transact([insert('Logical_Switch', { name: `n${i}` })]);
        assert.ok(client.mirror.table('Logical_Switch').get(done.results[0]!.uuid!));
        await client.mirror.contains(done);
      }
    });

    it('of a thousand rows and of long texts pass', async () => {
      const match = 'x'.repeat(300_000);
      await client.transact([
        insert('Port_Group', { name: 'g', acls: [named('a')] }),
        insert('ACL', { priority: 1, direction: 'to-lport', action: 'drop', match }, 'a'),
        ...Array.from({ length: 1000 }, (_, i) => insert('Logical_Switch', { name: `n${i}` })),
      ]);
      assert.equal(client.mirror.table('Logical_Switch').size, 1000);
      const [acl] = client.mirror.table('ACL').rows();
      assert.equal(acl?.match, match);
      const error = await errorOf(
        open({ messageLimit: 1000 }).transact([insert('Logical_Switch', { name: match })], {
          timeoutMilliseconds: 500,
        }),
      );
      assert.match(error.message, /longer than 1000 bytes/);
    });
  });

  describe('mirror', () => {
    it('tells changes after the whole update, with before and after', async () => {
      const seen: string[] = [];
      const end = client.mirror.watch(
        (changes) => {
          for (const { table, before, after } of changes) {
            if (table === 'Logical_Switch') {
              const holds = after?.ports.every((uuid) =>
                client.mirror.table('Logical_Switch_Port').get(uuid),
              );
              seen.push(
                `${before?.ports.length ?? '-'}>${after?.ports.length ?? '-'} ${holds ?? ''}`,
              );
            }
          }
        },
        ['Logical_Switch', 'Logical_Switch_Port'],
      );
      await client.transact([
        insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
        insert('Logical_Switch_Port', { name: 'p' }, 'p'),
        insert('Port_Group', { name: 'not watched' }),
      ]);
      await client.transact([
        mutate('Logical_Switch', [], ['ports', 'insert', [named('q')]]),
        insert('Logical_Switch_Port', { name: 'q' }, 'q'),
      ]);
      await client.transact([remove('Logical_Switch', [])]);
      end();
      await client.transact([insert('Logical_Switch', { name: 'unseen' })]);
      assert.deepEqual(seen, ['->1 true', '1>2 true', '2>- ']);
    });

    it('finds rows by column, by element and by function, however they change', async () => {
      const { mirror } = client;
      const even = mirror
        .table('Logical_Switch_Port')
        .index('even', ({ name }) =>
          Number(name.slice(1)) % 2 === 0 ? ['even', name] : undefined,
        );
      const { uuids } = await client.transact([
        insert('Logical_Switch', { name: 'n', ports: [1, 2, 3, 4].map((i) => named(`p${i}`)) }),
        ...[1, 2, 3, 4].map((i) => insert('Logical_Switch_Port', { name: `p${i}` }, `p${i}`)),
      ]);
      const [n] = mirror.table('Logical_Switch').find('name', 'n');
      assert.deepEqual(mirror.table('Logical_Switch').find('ports', uuids.get('p2')!), [n]);
      assert.deepEqual(
        even
          .find('even')
          .map(({ name }) => name)
          .toSorted(),
        ['p2', 'p4'],
      );
      assert.equal(mirror.table('Logical_Switch_Port').find('type', '').length, 4);
      await client.transact([
        update('Logical_Switch_Port', uuids.get('p2')!, { name: 'p7', type: 'router' }),
        update('Logical_Switch_Port', uuids.get('p3')!, { name: 'p8' }),
        mutate('Logical_Switch', [], ['ports', 'delete', [uuids.get('p4')!]]),
      ]);
      assert.deepEqual(
        even.find('even').map(({ name }) => name),
        ['p8'],
      );
      assert.deepEqual([...even.keys()], ['even', 'p8']);
      assert.equal(mirror.table('Logical_Switch_Port').first('type', 'router')?.name, 'p7');
      assert.equal(mirror.table('Logical_Switch_Port').find('type', '').length, 2);
      assert.deepEqual(mirror.table('Logical_Switch').find('ports', uuids.get('p4')!), []);
      assert.equal(mirror.table('Logical_Switch_Port').first('name', 'p2'), undefined);
    });

    it('keeps rows as they were for whoever still has them, large sets too', async () => {
      const many = Array.from({ length: 200 }, (_, i) => `a${i}`);
      await client.transact([
        insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
        insert('Logical_Switch_Port', { name: 'p', addresses: many }, 'p'),
      ]);
      const first = client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
      await client.transact([
        mutate(
          'Logical_Switch_Port',
          [],
          ['addresses', 'insert', ['new']],
          ['addresses', 'delete', ['a0', 'a1']],
        ),
      ]);
      const second = client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
      await client.transact([update('Logical_Switch_Port', [], { addresses: [] })]);
      const third = client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
      assert.deepEqual(first.addresses.toSorted(), many.toSorted());
      assert.deepEqual(second.addresses.toSorted(), [...many.slice(2), 'new'].toSorted());
      assert.deepEqual(third.addresses, []);
      assert.deepEqual(
        { ...second }.addresses,
        second.addresses,
        'they are ordinary members of the row',
      );
      assert.ok(Object.isFrozen(third) && Object.isFrozen(second.addresses));
    });

    it('holds only the columns and rows that it was asked for', async () => {
      await client.transact(['a', 'b', 'c'].map((name) => insert('Logical_Switch', { name })));
      const part = open({
        monitor: {
          Logical_Switch: {
            columns: ['name'],
            where: [
              ['name', '==', 'a'],
              ['name', '==', 'b'],
            ],
          },
          Port_Group: true,
        },
      });
      await part.ready();
      const names = () =>
        [...part.mirror.table('Logical_Switch').rows()].map(({ name }) => name).toSorted();
      assert.deepEqual(names(), ['a', 'b']);
      assert.deepEqual(Object.keys([...part.mirror.table('Logical_Switch').rows()][0]!), [
        '_uuid',
        'name',
      ]);
      await client.transact([
        update('Logical_Switch', [['name', '==', 'a']], { name: 'x' }),
        update('Logical_Switch', [['name', '==', 'c']], { name: 'a' }),
      ]);
      await waitFor(part.mirror, () => names().join() === 'a,b');
      assert.throws(() => part.mirror.table('ACL'), { error: 'unknown table' });
    });
  });

  describe('connection', () => {
    it('is tried until there is a server, and found again after kill -9', async () => {
      const changes: boolean[] = [];
      client.watchConnection((connected) => changes.push(connected));
      await client.transact([insert('Logical_Switch', { name: 'before' })]);
      await server.kill();
      const early = await errorOf(
        client.transact([insert('Logical_Switch', { name: 'early' })], { timeoutMilliseconds: 60 }),
      );
      assert.ok(early.connection);
      const away = await errorOf(client.ready(60));
      assert.equal(away.error, 'not connected');
      assert.match(away.message, /OVN_Northbound at unix:.*ECONNREFUSED/);
      const later = client.transact([insert('Logical_Switch', { name: 'later' })]);
      const seen: string[] = [];
      client.mirror.watch((updates) =>
        seen.push(...updates.map(({ before, after }) => `${!!before}>${!!after}`)),
      );
      assert.equal(client.mirror.table('Logical_Switch').size, 1, 'the last known rows stay');
      await server.restart();
      await later;
      assert.deepEqual(changes, [false, true]);
      assert.deepEqual(seen, ['false>true'], 'only what really changed is told');
      assert.deepEqual(client.state, {
        connected: true,
        remote: server.remote,
        lastError: undefined,
        connections: 2,
        missing: [],
      });
    });

    it('tells after a reconnect what others changed meanwhile', async () => {
      await client.transact(['a', 'b', 'c'].map((name) => insert('Logical_Switch', { name })));
      const relay = await startRelay(server.remote);
      const far = open({ remotes: relay.remote });
      await far.ready();
      relay.cut();
      await waitFor(client.mirror, () => !far.state.connected || undefined, 100).catch(() => {});
      await client.transact([
        update('Logical_Switch', [['name', '==', 'a']], { external_ids: { x: 'y' } }),
        remove('Logical_Switch', [['name', '==', 'b']]),
        insert('Logical_Switch', { name: 'd' }),
      ]);
      const seen: string[] = [];
      far.mirror.watch((changes) => {
        for (const { table, before, after } of changes) {
          if (table === 'Logical_Switch') seen.push(`${before?.name ?? ''}>${after?.name ?? ''}`);
        }
      });
      relay.mend();
      await far.ready();
      assert.deepEqual(seen.toSorted(), ['>d', 'a>a', 'b>']);
      await relay.close();
    });

    it('is given up when the server hangs, and goes on when it wakes', async () => {
      const impatient = open({ probeMilliseconds: 100 });
      await impatient.ready();
      server.freeze();
      try {
        const error = await errorOf(
          impatient.transact([insert('Logical_Switch', { name: 'slow' })]),
        );
        assert.equal(error.error, 'connection lost');
        assert.match(error.message, /silent for 200 ms/);
        assert.ok(error.outcomeUnknown);
      } finally {
        server.thaw();
      }
      await impatient.ready();
      await impatient.transact([]);
      const { size } = impatient.mirror.table('Logical_Switch');
      const [{ rows } = {}] = (await impatient.transact([select('Logical_Switch')])).results;
      assert.equal(rows?.length, size, 'whatever became of it, the mirror tells');
    });

    it('answers the server’s probes', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'ovb-probe-'));
      const probed = await startOvsdbServer({ schemaFile: SCHEMA, folder });
      execFileSync('ovsdb-client', [
        'transact',
        probed.remote,
        JSON.stringify([
          'OVN_Northbound',
          {
            op: 'insert',
            table: 'Connection',
            row: { target: `punix:${folder}/probe.sock`, inactivity_probe: 50 },
            'uuid-name': 'c',
          },
          { op: 'insert', table: 'NB_Global', row: { connections: ['named-uuid', 'c'] } },
        ]),
      ]);
      await probed.stop();
      const managed = await startOvsdbServer({
        schemaFile: SCHEMA,
        folder,
        arguments: ['--remote=db:OVN_Northbound,NB_Global,connections'],
      });
      const quiet = open({ remotes: `unix:${folder}/probe.sock`, probeMilliseconds: 0 });
      await quiet.ready();
      await sleep(400);
      assert.equal(quiet.state.connections, 1);
      await managed.stop();
      rmSync(folder, { recursive: true });
    });

    it('falls back to the monitors of older servers', async () => {
      for (const unknown of [['monitor_cond_since'], ['monitor_cond_since', 'monitor_cond']]) {
        const relay = await startRelay(server.remote, (text) =>
          unknown.reduce(
            (changed, method) => changed.replaceAll(`"${method}"`, `"no_${method}"`),
            text,
          ),
        );
        const old = open({
          remotes: relay.remote,
          monitor: {
            Logical_Switch: { where: [['name', '!=', 'hidden']] },
            Logical_Switch_Port: true,
          },
        });
        await old.ready();
        await client.transact([
          insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
          insert('Logical_Switch', { name: 'hidden' }),
          insert('Logical_Switch_Port', { name: 'p', addresses: ['a', 'b'] }, 'p'),
        ]);
        await waitFor(old.mirror, () => old.mirror.table('Logical_Switch_Port').size === 1);
        await client.transact([
          update('Logical_Switch_Port', [], { addresses: ['b', 'c'], options: { x: 'y' } }),
          update('Logical_Switch', [['name', '==', 'hidden']], { name: 'shown' }),
        ]);
        await waitFor(old.mirror, () => old.mirror.table('Logical_Switch').size === 2);
        const [row] = old.mirror.table('Logical_Switch_Port').find('addresses', 'c');
        assert.deepEqual(row?.addresses.toSorted(), ['b', 'c']);
        assert.deepEqual(row?.options, { x: 'y' });
        await client.transact([
          update('Logical_Switch', [['name', '==', 'shown']], { name: 'hidden' }),
        ]);
        await waitFor(old.mirror, () => old.mirror.table('Logical_Switch').size === 1);
        await client.transact([remove('Logical_Switch', [])]);
        await waitFor(old.mirror, () => old.mirror.table('Logical_Switch').size === 0);
        await old.close();
        await relay.close();
      }
    });

    it('survives a server that talks nonsense', async () => {
      const sockets: Socket[] = [];
      const folder = mkdtempSync(path.join(tmpdir(), 'ovb-nonsense-'));
      const replies = [
        'HTTP/1.1 200 OK\r\n\r\n',
        '{"id":1,"result":',
        '{"id":[],"method":7}{"x":{}}',
        '}}}',
      ];
      const nonsense = createServer((socket) => {
        sockets.push(socket);
        socket.end(replies[sockets.length % replies.length]!);
      }).listen(path.join(folder, 's'));
      const confused = open({ remotes: `unix:${folder}/s` });
      await assert.rejects(confused.ready(300), { error: 'not connected' });
      assert.ok(sockets.length > replies.length, 'it goes on trying');
      await confused.close();
      nonsense.close();
      rmSync(folder, { recursive: true });
    });

    it('names columns that an older server lacks', async () => {
      const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'));
      delete schema.tables.Logical_Switch_Port.columns.mirror_rules;
      delete schema.tables.Copp;
      delete schema.tables.Logical_Switch.columns.copp;
      delete schema.tables.Logical_Router.columns.copp;
      delete schema.cksum;
      const folder = mkdtempSync(path.join(tmpdir(), 'ovb-old-'));
      const file = path.join(folder, 'old.ovsschema');
      writeFileSync(file, JSON.stringify(schema));
      const old = await startOvsdbServer({ schemaFile: file, folder });
      const content = open({ remotes: old.remote, monitor: ['Logical_Switch_Port', 'Copp'] });
      await content.ready();
      assert.ok(content.state.missing.includes('Logical_Switch_Port.mirror_rules'));
      assert.ok(content.state.missing.includes('Copp'));
      assert.equal(content.mirror.table('Copp').size, 0);
      const strict = open({
        remotes: old.remote,
        require: { Logical_Switch_Port: ['name', 'mirror_rules'] },
      });
      await assert.rejects(strict.ready(300), /lacks Logical_Switch_Port.mirror_rules/);
      await old.stop();
      rmSync(folder, { recursive: true });
    });

    it('is refused for a database that is not served', async () => {
      const other = connect({ database: 'Open_vSwitch', remotes: server.remote });
      await assert.rejects(other.ready(200), /does not serve Open_vSwitch|unknown database/);
      await other.close();
      assert.throws(
        () => connect({ database: 'x', remotes: 'http://127.0.0.1' }),
        /is no OVSDB remote/,
      );
    });

    it('follows a database that changes its schema', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'ovb-convert-'));
      const write = (version: string, columns: object) => {
        const file = path.join(folder, `${version}.ovsschema`);
        const tables = { T: { columns: { name: { type: 'string' }, ...columns }, isRoot: true } };
        writeFileSync(file, JSON.stringify({ name: 'Small', version, tables }));
        return file;
      };
      const first = write('1.0.0', {});
      const small = await startOvsdbServer({ schemaFile: first, folder });
      const follower = connect({ database: 'Small', remotes: small.remote, monitor: ['T'] });
      await follower.ready();
      await follower.transact([insert('T', { name: 'row' })]);
      const again = new Promise<void>((resolve) => {
        follower.watchConnection((connected) => connected && resolve());
      });
      const file = write('2.0.0', { note: { type: { key: 'string', min: 0, max: 1 } } });
      execFileSync('ovsdb-client', ['convert', small.remote, file]);
      await again;
      await follower.transact([update('T', [], { note: 'new' })]);
      assert.deepEqual(follower.mirror.table('T').first('name', 'row')?.['note'], ['new']);
      await follower.close();
      await small.stop();
      rmSync(folder, { recursive: true });
    });

    it('works over TLS, and trusts only its own authority', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'ovb-tls-'));
      const run = (...args: string[]) =>
        execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
      const authority = (name: string) =>
        run(
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '2',
          '-subj',
          `/CN=${name}`,
          '-keyout',
          `${name}.key`,
          '-out',
          `${name}.pem`,
        );
      const signed = (name: string) => {
        run(
          'req',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-subj',
          `/CN=${name}`,
          '-keyout',
          `${name}.key`,
          '-out',
          `${name}.csr`,
        );
        run(
          'x509',
          '-req',
          '-in',
          `${name}.csr`,
          '-CA',
          'ca.pem',
          '-CAkey',
          'ca.key',
          '-CAcreateserial',
          '-days',
          '2',
          '-out',
          `${name}.pem`,
        );
      };
      authority('ca');
      authority('stranger');
      signed('server');
      signed('client');
      const sslPort = await freePort();
      const secure = await startOvsdbServer({
        schemaFile: SCHEMA,
        remotes: [`pssl:${sslPort}:127.0.0.1`],
        arguments: ['--private-key=server.key', '--certificate=server.pem', '--ca-cert=ca.pem'].map(
          (argument) => argument.replace('=', `=${folder}/`),
        ),
      });
      const pem = (name: string) => readFileSync(path.join(folder, name), 'utf8');
      const remotes = `ssl:127.0.0.1:${sslPort}`;
      const cert = pem('client.pem');
      const key = pem('client.key');
      const trusted = open({ remotes, tls: { ca: pem('ca.pem'), cert, key } });
      await trusted.transact([insert('Logical_Switch', { name: 'secure' })]);
      assert.equal(trusted.mirror.table('Logical_Switch').size, 1);
      const wary = open({ remotes, tls: { ca: pem('stranger.pem'), cert, key } });
      await assert.rejects(wary.ready(300), { error: 'not connected' });
      await Promise.all([trusted.close(), wary.close()]);
      await secure.stop();
      rmSync(folder, { recursive: true });
    });

    it('can be closed at any moment', async () => {
      const absent = open({ remotes: 'unix:/nowhere/at/all' });
      const pending = errorOf(absent.transact([]));
      await absent.close();
      assert.equal((await pending).error, 'closed');
      assert.equal((await errorOf(absent.ready())).error, 'closed');
      const busy = open();
      const waiting = errorOf(busy.ready());
      await busy.close();
      assert.equal((await waiting).error, 'closed');
    });
  });

  describe('locks', () => {
    it('have one holder, in turn', async () => {
      const other = open();
      const mine = client.lock('l');
      await mine.acquired();
      await client.transact([assertLock('l'), insert('Logical_Switch', { name: 'held' })]);
      const theirs = other.lock('l');
      await assert.rejects(theirs.acquired(50), { error: 'timed out' });
      assert.equal((await errorOf(other.transact([assertLock('l')]))).error, 'not owner');
      await mine.release();
      await theirs.acquired(1000);
      assert.equal(mine.held, false);
      await assert.rejects(mine.acquired(10));
    });

    it('can be stolen, and are told so', async () => {
      const mine = client.lock('l');
      await mine.acquired();
      const told: boolean[] = [];
      mine.watch((held) => told.push(held));
      const thief = open().lock('l', { steal: true });
      await thief.acquired(1000);
      await client.transact([]);
      assert.equal(mine.held, false);
      await thief.release();
      await mine.acquired(1000);
      assert.deepEqual(told, [false, true]);
    });

    it('are asked for again after a reconnect', async () => {
      const mine = client.lock('l');
      await mine.acquired();
      await server.kill();
      await server.restart();
      await client.ready();
      await mine.acquired(1000);
      await client.transact([assertLock('l')]);
    });
  });
});

interface Relay {
  readonly remote: string;
  /** Breaks all connections and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands between a client and its server: breaks the connection, or changes what the client says. */
async function startRelay(
  target: string,
  change: (text: string) => string = (text) => text,
): Promise<Relay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-relay-'));
  const sockets = new Set<Socket>();
  let broken = false;
  const server: Server = createServer((near) => {
    if (broken) return near.destroy();
    const far = dial(target.slice('unix:'.length));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    near.on('data', (chunk) => far.write(change(chunk.toString())));
    far.on('data', (chunk) => near.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(path.join(folder, 's'), resolve));
  const cut = () => {
    broken = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    remote: `unix:${folder}/s`,
    cut,
    mend: () => void (broken = false),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
