import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, insert, OvsdbError, update, waitFor } from '../index.ts';
import type { Northbound, OvsdbClient } from '../index.ts';
import { startOvsdbCluster } from '../testing.ts';
import type { TestOvsdbCluster } from '../testing.ts';

describe('OVSDB cluster', () => {
  let cluster: TestOvsdbCluster;
  const clients: OvsdbClient<Northbound>[] = [];
  const open = (remotes: string | readonly string[], leaderOnly = true) => {
    const client = connect({
      database: 'OVN_Northbound',
      remotes,
      leaderOnly,
      monitor: ['Logical_Switch'],
      maximumBackoffMilliseconds: 50,
    });
    clients.push(client);
    return client;
  };
  const names = (client: OvsdbClient<Northbound>) =>
    [...client.mirror.table('Logical_Switch').rows()].map(({ name }) => name).toSorted();

  before(async () => {
    cluster = await startOvsdbCluster({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await cluster.stop();
  });

  it('is written through its leader, whichever member is named first', async () => {
    const leader = await cluster.leader();
    for (const remotes of [cluster.remotes, cluster.remotes.toReversed()]) {
      const client = open(remotes);
      await client.ready();
      assert.equal(client.state.remote, leader.remote);
    }
    const follower = cluster.remotes.find((remote) => remote !== leader.remote)!;
    await assert.rejects(open(follower).ready(200), /not the leader/);
  });

  it('gives a follower’s clients their own transactions before the reply', async () => {
    const leader = await cluster.leader();
    const client = open(
      cluster.remotes.filter((remote) => remote !== leader.remote),
      false,
    );
    await client.ready();
    for (let i = 0; i < 5; i++) {
      const done = await client.transact([insert('Logical_Switch', { name: `follower-${i}` })]);
      assert.ok(client.mirror.table('Logical_Switch').get(done.results[0]!.uuid!));
    }
  });

  it('goes on after its leader is killed, from where the mirror was', async () => {
    const client = open(cluster.remotes);
    const other = open(cluster.remotes);
    await Promise.all([client.ready(), other.ready()]);
    await client.transact([insert('Logical_Switch', { name: 'before' })]);
    await waitFor(other.mirror, () => names(other).includes('before'));
    const leader = await cluster.leader();
    let told = 0;
    client.mirror.watch((changes) => (told += changes.length));
    await leader.kill();
    // What was in flight may or may not be in: like any caller who wants it done, we say it until it is.
    for (let tries = 0; ; tries++) {
      try {
        await other.transact([
          insert(
            'Logical_Switch',
            { name: 'after' },
            undefined,
            '7ea0f6a4-4f2c-4d4a-8a35-0f8b0c0b9b02',
          ),
        ]);
        break;
      } catch (error) {
        assert.ok(error instanceof OvsdbError && tries < 50, String(error));
        if (error.error === 'duplicate uuid') break;
      }
    }
    await waitFor(client.mirror, () => names(client).includes('after'));
    assert.equal(told, 1, 'the rest was in the mirror already');
    assert.notEqual(client.state.remote, leader.remote);
    await leader.restart();
    await client.transact([update('Logical_Switch', [['name', '==', 'after']], { name: 'later' })]);
    const returned = open(leader.remote, false);
    await returned.ready();
    await waitFor(returned.mirror, () => names(returned).includes('later'));
    assert.deepEqual(names(returned), names(client));
  });

  it('tells nothing twice when the connection is cut and the member knows where we were', async () => {
    const leader = await cluster.leader();
    const far = open(cluster.remotes, false);
    await far.ready();
    const near = open(cluster.remotes);
    await near.ready();
    const member = cluster.members.find(({ remote }) => remote === far.state.remote)!;
    const { rowsChanged } = { ...far.mirror.counters };
    const lost = new Promise<void>((resolve) =>
      far.watchConnection((connected) => !connected && resolve()),
    );
    if (member.remote === leader.remote) await member.kill();
    else await member.restart();
    await lost;
    for (let tries = 0; tries < 50; tries++) {
      try {
        await near.transact([insert('Logical_Switch', { name: 'meanwhile' })]);
        break;
      } catch {}
    }
    if (member.remote === leader.remote) await member.restart();
    await waitFor(far.mirror, () => names(far).includes('meanwhile'));
    assert.equal(far.mirror.counters.rowsChanged - rowsChanged, 1);
  });
});
