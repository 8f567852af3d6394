import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { sleep } from '../../core/time.ts';
import { connect, insert, named, remove, select, update, waitFor } from '../index.ts';
import { freePort, startOvsdbServer } from '../testing.ts';
import { startRelay } from './testing-relay.ts';
import { errorOf, useNorthbound, SCHEMA } from '../projector/testing-northbound.ts';

describe('connection', () => {
  const north = useNorthbound();
  it('is tried until there is a server, and found again after kill -9', async () => {
    const changes: boolean[] = [];
    north.client.watchConnection((connected) => changes.push(connected));
    await north.client.transact([insert('Logical_Switch', { name: 'before' })]);
    await north.server.kill();
    const early = await errorOf(
      north.client.transact([insert('Logical_Switch', { name: 'early' })], {
        timeoutMilliseconds: 60,
      }),
    );
    assert.ok(early.connection);
    const away = await errorOf(north.client.ready(60));
    assert.equal(away.error, 'not connected');
    assert.match(away.message, /OVN_Northbound at unix:.*ECONNREFUSED/);
    const later = north.client.transact([insert('Logical_Switch', { name: 'later' })]);
    const seen: string[] = [];
    north.client.mirror.watch((updates) =>
      seen.push(...updates.map(({ before, after }) => `${!!before}>${!!after}`)),
    );
    assert.equal(north.client.mirror.table('Logical_Switch').size, 1, 'the last known rows stay');
    await north.server.restart();
    await later;
    assert.deepEqual(changes, [false, true]);
    assert.deepEqual(seen, ['false>true'], 'only what really changed is told');
    assert.deepEqual(north.client.state, {
      connected: true,
      remote: north.server.remote,
      lastError: undefined,
      connections: 2,
      missing: [],
    });
  });

  it('tells after a reconnect what others changed meanwhile', async () => {
    await north.client.transact(['a', 'b', 'c'].map((name) => insert('Logical_Switch', { name })));
    const relay = await startRelay(north.server.remote);
    const far = north.open({ remotes: relay.remote });
    await far.ready();
    relay.cut();
    await waitFor(north.client.mirror, () => !far.state.connected || undefined, 100).catch(
      () => {},
    );
    await north.client.transact([
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
    const impatient = north.open({ probeMilliseconds: 100 });
    await impatient.ready();
    north.server.freeze();
    try {
      const error = await errorOf(impatient.transact([insert('Logical_Switch', { name: 'slow' })]));
      assert.equal(error.error, 'connection lost');
      assert.match(error.message, /silent for 200 ms/);
      assert.ok(error.outcomeUnknown);
    } finally {
      north.server.thaw();
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
    const quiet = north.open({ remotes: `unix:${folder}/probe.sock`, probeMilliseconds: 0 });
    await quiet.ready();
    await sleep(400);
    assert.equal(quiet.state.connections, 1);
    await managed.stop();
    rmSync(folder, { recursive: true });
  });

  it('falls back to the monitors of older servers', async () => {
    for (const unknown of [['monitor_cond_since'], ['monitor_cond_since', 'monitor_cond']]) {
      const relay = await startRelay(north.server.remote, (text) =>
        unknown.reduce(
          (changed, method) => changed.replaceAll(`"${method}"`, `"no_${method}"`),
          text,
        ),
      );
      const old = north.open({
        remotes: relay.remote,
        monitor: {
          Logical_Switch: { where: [['name', '!=', 'hidden']] },
          Logical_Switch_Port: true,
        },
      });
      await old.ready();
      await north.client.transact([
        insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
        insert('Logical_Switch', { name: 'hidden' }),
        insert('Logical_Switch_Port', { name: 'p', addresses: ['a', 'b'] }, 'p'),
      ]);
      await waitFor(old.mirror, () => old.mirror.table('Logical_Switch_Port').size === 1);
      await north.client.transact([
        update('Logical_Switch_Port', [], { addresses: ['b', 'c'], options: { x: 'y' } }),
        update('Logical_Switch', [['name', '==', 'hidden']], { name: 'shown' }),
      ]);
      await waitFor(old.mirror, () => old.mirror.table('Logical_Switch').size === 2);
      const [row] = old.mirror.table('Logical_Switch_Port').find('addresses', 'c');
      assert.deepEqual(row?.addresses.toSorted(), ['b', 'c']);
      assert.deepEqual(row?.options, { x: 'y' });
      await north.client.transact([
        update('Logical_Switch', [['name', '==', 'shown']], { name: 'hidden' }),
      ]);
      await waitFor(old.mirror, () => old.mirror.table('Logical_Switch').size === 1);
      await north.client.transact([remove('Logical_Switch', [])]);
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
      // The client may be gone before it has all of the nonsense.
      socket.on('error', () => {});
      socket.end(replies[sockets.length % replies.length]!);
    }).listen(path.join(folder, 's'));
    const confused = north.open({ remotes: `unix:${folder}/s` });
    await assert.rejects(confused.ready(300), { error: 'not connected' });
    while (sockets.length <= replies.length) await sleep(10); // it goes on trying
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
    const content = north.open({ remotes: old.remote, monitor: ['Logical_Switch_Port', 'Copp'] });
    await content.ready();
    assert.ok(content.state.missing.includes('Logical_Switch_Port.mirror_rules'));
    assert.ok(content.state.missing.includes('Copp'));
    assert.equal(content.mirror.table('Copp').size, 0);
    const strict = north.open({
      remotes: old.remote,
      require: { Logical_Switch_Port: ['name', 'mirror_rules'] },
    });
    await assert.rejects(strict.ready(300), /lacks Logical_Switch_Port.mirror_rules/);
    await old.stop();
    rmSync(folder, { recursive: true });
  });

  it('is refused for a database that is not served', async () => {
    const other = connect({ database: 'Open_vSwitch', remotes: north.server.remote });
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
    const trusted = north.open({ remotes, tls: { ca: pem('ca.pem'), cert, key } });
    await trusted.transact([insert('Logical_Switch', { name: 'secure' })]);
    assert.equal(trusted.mirror.table('Logical_Switch').size, 1);
    const wary = north.open({ remotes, tls: { ca: pem('stranger.pem'), cert, key } });
    await assert.rejects(wary.ready(300), { error: 'not connected' });
    await Promise.all([trusted.close(), wary.close()]);
    await secure.stop();
    rmSync(folder, { recursive: true });
  });

  it('can be closed at any moment', async () => {
    const absent = north.open({ remotes: 'unix:/nowhere/at/all' });
    const pending = errorOf(absent.transact([]));
    await absent.close();
    assert.equal((await pending).error, 'closed');
    assert.equal((await errorOf(absent.ready())).error, 'closed');
    const busy = north.open();
    const waiting = errorOf(busy.ready());
    await busy.close();
    assert.equal((await waiting).error, 'closed');
  });
});
