import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insert, mutate, remove, update, waitFor } from '../index.ts';
import { group, network, port, useProjector } from './testing-projection.ts';

describe('projector', () => {
  const lab = useProjector();

  it('writes new rows, their references and memberships in one transaction', async () => {
    for (const [owner, rows] of [
      port('p1', ['n1'], ['g1'], { dhcpv4_options: { ref: { table: 'DHCP_Options', key: 'd1' } } }),
      network('n1'),
      group('g1', [1001, 1002]),
    ]) {
      lab.state.set(owner, rows);
    }
    lab.state.set('subnet:d1', [
      {
        table: 'DHCP_Options',
        key: 'd1',
        columns: { cidr: '10.0.0.0/24', external_ids: { key: 'd1', owner: 'subnet:d1' } },
      },
    ]);
    const before = lab.client.mirror.sequence;
    await lab.projector.start();
    assert.equal(lab.client.mirror.sequence, before + 1, 'one update');
    const lsp = lab.client.mirror.table('Logical_Switch_Port').first('name', 'p1');
    const dhcp = lab.client.mirror.table('DHCP_Options').first('cidr', '10.0.0.0/24');
    assert.deepEqual(lsp?.dhcpv4_options, [dhcp?._uuid]);
    assert.deepEqual(lab.ports('n1'), [lsp?._uuid]);
    const made = lab.client.mirror.table('Port_Group').first('name', 'g1');
    assert.deepEqual(made?.ports, [lsp?._uuid]);
    assert.equal(made?.acls.length, 2);
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('changes, moves and removes rows, and leaves strangers alone', async () => {
    await lab.client.transact([
      insert('Logical_Switch', { name: 'stranger', external_ids: { note: 'by hand' } }),
    ]);
    await lab.projector.start();
    assert.equal(
      await lab.want(network('n1'), network('n2'), port('p1', ['n1'], ['g1']), group('g1', [1])),
      true,
    );
    const uuid = lab.client.mirror.table('Logical_Switch_Port').first('name', 'p1')?._uuid;

    assert.equal(await lab.want(port('p1', ['n2'], [], { addresses: ['unknown'] })), true);
    assert.deepEqual([lab.ports('n1'), lab.ports('n2')], [[], [uuid]]);
    assert.deepEqual(lab.client.mirror.table('Port_Group').first('name', 'g1')?.ports, []);
    assert.deepEqual(lab.client.mirror.table('Logical_Switch_Port').get(uuid!)?.addresses, [
      'unknown',
    ]);

    assert.equal(await lab.want(['port:p1', []], ['network:n2', []], group('g1', [2, 3])), true);
    assert.deepEqual(lab.names('Logical_Switch'), ['n1', 'stranger']);
    assert.equal(lab.client.mirror.table('Logical_Switch_Port').size, 0);
    assert.deepEqual(
      [...lab.client.mirror.table('ACL').rows()].map(({ priority }) => priority).toSorted(),
      [2, 3],
    );
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('writes only its own entries of a shared map', async () => {
    await lab.client.transact([update('NB_Global', [], { options: { theirs: '1', ours: 'old' } })]);
    lab.state.set('cloud', [
      {
        table: 'NB_Global',
        key: 'global',
        columns: {},
        entries: { options: { ours: 'new', more: 'x' } },
      },
    ]);
    await lab.projector.start();
    const [row] = lab.client.mirror.table('NB_Global').rows();
    assert.deepEqual(row?.options, { theirs: '1', ours: 'new', more: 'x' });
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('shows what differs, and repairs it', async () => {
    await lab.projector.start();
    await lab.want(
      network('n1'),
      network('n2'),
      port('p1', ['n1']),
      port('p2', ['n1']),
      group('g1', [1]),
    );
    const uuidOf = (name: string) =>
      lab.client.mirror.table('Logical_Switch_Port').first('name', name)!._uuid;
    lab.projector.hold(60_000);
    await lab.client.transact([
      update('Logical_Switch_Port', uuidOf('p1'), { addresses: ['wrong'] }),
      mutate('Logical_Switch', [['name', '==', 'n1']], ['ports', 'delete', [uuidOf('p2')]]),
      mutate('Logical_Switch', [['name', '==', 'n2']], ['ports', 'insert', [uuidOf('p2')]]),
      insert('Port_Group', { name: 'left', external_ids: { key: 'left', owner: 'group:left' } }),
    ]);
    const differences = await lab.projector.compare();
    assert.deepEqual(differences.map(({ owner, change }) => `${owner} ${change}`).toSorted(), [
      'group:left delete',
      'port:p1 update',
      'port:p2 join',
      'port:p2 leave',
    ]);
    assert.deepEqual(differences.find(({ change }) => change === 'update')?.columns, {
      addresses: [['wrong'], ['0a:00:00:00:00:01 p1']],
    });
    assert.equal((await lab.projector.repair()).length, 4);
    assert.deepEqual(await lab.projector.compare(), []);
    assert.deepEqual(lab.names('Port_Group'), ['g1']);
  });

  it('puts back what somebody else deleted, without being asked', async () => {
    await lab.projector.start();
    await lab.want(network('n1'), port('p1', ['n1']));
    await lab.client.transact([remove('Logical_Switch', [['name', '==', 'n1']])]);
    await waitFor(lab.client.mirror, () => lab.ports('n1')?.length === 1);
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('deletes rows that claim a key twice', async () => {
    const ids = { external_ids: { key: 'n1', owner: 'network:n1' } };
    await lab.client.transact([
      insert('Logical_Switch', { name: 'n1', ...ids }),
      insert('Logical_Switch', { name: 'n1', ...ids }),
      insert('Logical_Switch', { name: 'other', ...ids }),
    ]);
    lab.state.set(...network('n1'));
    await lab.projector.start();
    assert.deepEqual(lab.names('Logical_Switch'), ['n1']);
  });
});
