import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { atLeast, type Operation } from '../operation.ts';
import { policy, SERVER_ACTIONS } from './policy.ts';
import { startTestCompute, type TestCompute } from './testing.ts';

/**
 * Nova's API as its reference lists it, apart from what the code says of itself: methods, path below `/v2.1`, and
 * the microversions at which it is there (`2.6-`, `-2.35`). https://docs.openstack.org/api-ref/compute/
 */
const SURFACE = `
GET /extensions
GET /extensions/{alias}
GET POST /flavors
GET /flavors/detail
GET DELETE /flavors/{flavor_id}
PUT /flavors/{flavor_id} 2.55-
POST /flavors/{flavor_id}/action
GET /flavors/{flavor_id}/os-flavor-access
GET POST /flavors/{flavor_id}/os-extra_specs
GET PUT DELETE /flavors/{flavor_id}/os-extra_specs/{key}
GET /images -2.35
GET /images/detail -2.35
GET DELETE /images/{image_id} -2.35
GET POST PUT /images/{image_id}/metadata -2.38
GET PUT DELETE /images/{image_id}/metadata/{key} -2.38
GET /limits
GET POST /os-aggregates
GET PUT DELETE /os-aggregates/{aggregate_id}
POST /os-aggregates/{aggregate_id}/action
POST /os-aggregates/{aggregate_id}/images 2.81-
POST /os-assisted-volume-snapshots
DELETE /os-assisted-volume-snapshots/{snapshot_id}
GET /os-availability-zone
GET /os-availability-zone/detail
GET /os-console-auth-tokens/{token}
GET /os-floating-ip-pools -2.35
GET POST /os-floating-ips -2.35
GET DELETE /os-floating-ips/{floating_ip_id} -2.35
GET /os-hosts -2.42
GET PUT /os-hosts/{host_name} -2.42
GET /os-hosts/{host_name}/reboot -2.42
GET /os-hosts/{host_name}/shutdown -2.42
GET /os-hosts/{host_name}/startup -2.42
GET /os-hypervisors
GET /os-hypervisors/detail
GET /os-hypervisors/statistics -2.87
GET /os-hypervisors/{hypervisor_id}
GET /os-hypervisors/{hypervisor_id}/uptime -2.87
GET /os-hypervisors/{pattern}/search -2.52
GET /os-hypervisors/{pattern}/servers -2.52
GET /os-instance_usage_audit_log
GET /os-instance_usage_audit_log/{before}
GET POST /os-keypairs
GET DELETE /os-keypairs/{keypair_name}
GET /os-migrations
GET /os-networks -2.35
GET /os-networks/{network_id} -2.35
GET PUT /os-quota-class-sets/{class}
GET PUT DELETE /os-quota-sets/{project_id}
GET /os-quota-sets/{project_id}/defaults
GET /os-quota-sets/{project_id}/detail
POST /os-security-group-rules -2.35
DELETE /os-security-group-rules/{rule_id} -2.35
GET POST /os-security-groups -2.35
GET PUT DELETE /os-security-groups/{group_id} -2.35
POST /os-server-external-events
GET POST /os-server-groups
GET DELETE /os-server-groups/{server_group_id}
GET /os-services
PUT /os-services/disable -2.52
PUT /os-services/disable-log-reason -2.52
PUT /os-services/enable -2.52
PUT /os-services/force-down 2.11-2.52
PUT /os-services/{service_id} 2.53-
DELETE /os-services/{service_id}
GET /os-simple-tenant-usage
GET /os-simple-tenant-usage/{project_id}
GET /os-tenant-networks -2.35
GET /os-tenant-networks/{network_id} -2.35
GET POST /servers
GET /servers/detail
GET PUT DELETE /servers/{server_id}
POST /servers/{server_id}/action
GET /servers/{server_id}/diagnostics
GET /servers/{server_id}/ips
GET /servers/{server_id}/ips/{network_label}
GET POST PUT /servers/{server_id}/metadata
GET PUT DELETE /servers/{server_id}/metadata/{key}
GET /servers/{server_id}/migrations 2.23-
GET /servers/{server_id}/migrations/{migration_id} 2.23-
DELETE /servers/{server_id}/migrations/{migration_id} 2.24-
POST /servers/{server_id}/migrations/{migration_id}/action 2.22-
GET /servers/{server_id}/os-instance-actions
GET /servers/{server_id}/os-instance-actions/{request_id}
GET POST /servers/{server_id}/os-interface
GET DELETE /servers/{server_id}/os-interface/{port_id}
GET /servers/{server_id}/os-security-groups
GET DELETE /servers/{server_id}/os-server-password
GET POST /servers/{server_id}/os-volume_attachments
GET PUT DELETE /servers/{server_id}/os-volume_attachments/{volume_id}
GET PUT DELETE /servers/{server_id}/tags 2.26-
GET PUT DELETE /servers/{server_id}/tags/{tag} 2.26-
POST /servers/{server_id}/remote-consoles 2.6-
GET /servers/{server_id}/topology 2.78-
`;

/** What Nova took back: 410 at every microversion. */
const GONE = `
GET POST /os-agents
PUT DELETE /os-agents/{agent_id}
GET POST /os-cells
GET PUT DELETE /os-cells/{cell_id}
GET /os-cells/{cell_id}/capacities
POST /os-certificates
GET /os-certificates/{certificate_id}
GET POST /os-cloudpipe
PUT /os-cloudpipe/{id}
GET /os-fixed-ips/{address}
POST /os-fixed-ips/{address}/action
GET /os-floating-ip-dns
PUT DELETE /os-floating-ip-dns/{domain}
GET PUT DELETE /os-floating-ip-dns/{domain}/entries/{entry}
GET POST /os-floating-ips-bulk
GET PUT /os-floating-ips-bulk/{host}
GET /os-fping
GET /os-fping/{server_id}
POST /os-networks
POST /os-networks/add
DELETE /os-networks/{network_id}
POST /os-networks/{network_id}/action
GET POST /os-security-group-default-rules
GET DELETE /os-security-group-default-rules/{rule_id}
POST /os-tenant-networks
DELETE /os-tenant-networks/{network_id}
GET POST /servers/{server_id}/consoles
GET DELETE /servers/{server_id}/consoles/{console_id}
GET /servers/{server_id}/os-virtual-interfaces
`;

/** Of `POST /servers/{server_id}/action`; what no host here can do is among them, it answers 501. */
const ACTIONS = `
addFixedIp addFloatingIp addSecurityGroup changePassword confirmResize createBackup createImage evacuate forceDelete lock
migrate os-getConsoleOutput os-getSerialConsole os-getVNCConsole os-migrateLive os-resetState os-start os-stop pause reboot rebuild removeFixedIp
removeFloatingIp removeSecurityGroup rescue resize restore resume revertResize shelve shelveOffload suspend
unlock unpause unrescue unshelve
`;

interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly since: number;
  readonly until: number;
}

const LAST = 96;

/** One entry for each method of each line. */
const read = (text: string): Wanted[] =>
  text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const words = line.split(' ');
      const range = words.at(-1)!.startsWith('/') ? '' : words.pop()!;
      const [, since, until] = /^(?:2\.(\d+))?-?(?:2\.(\d+))?$/.exec(range) ?? assert.fail(line);
      const path = words.pop()!;
      return words.map((method) => ({
        method,
        path,
        since: Number(since ?? 1),
        until: Number(until ?? LAST),
      }));
    });

const minor = (version: string | undefined, otherwise: number): number =>
  version === undefined ? otherwise : Number(version.split('.')[1]);

const plain = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');

/** Whether some operation is there at that microversion. */
const serves = (operations: readonly Operation[], { method, path }: Wanted, at: number): boolean =>
  operations.some(
    (operation) =>
      operation.method === method &&
      plain(operation.path) === plain(`/v2.1${path}`) &&
      atLeast({ major: 2, minor: at }, minor(operation.since, 1)) &&
      at <= minor(operation.until, LAST),
  );

describe('the whole of Nova’s API', () => {
  let room: TestCompute;
  before(async () => {
    room = await startTestCompute();
  });
  after(() => room.stop());

  test('is there at its microversions, and at no others', () => {
    const { operations } = room.compute;
    const wrong: string[] = [];
    for (const wanted of read(SURFACE)) {
      const at = (version: number, should: boolean) => {
        if (version < 1 || version > LAST) return;
        if (serves(operations, wanted, version) !== should)
          wrong.push(
            `${wanted.method} ${wanted.path} at 2.${version}: ${should ? 'not ' : ''}there`,
          );
      };
      at(wanted.since - 1, false);
      at(wanted.since, true);
      at(wanted.until, true);
      at(wanted.until + 1, false);
    }
    assert.deepEqual(wrong, []);
  });

  test('answers 410 for what Nova took back', async () => {
    const wrong: string[] = [];
    for (const { method, path } of read(GONE))
      for (const version of ['2.1', '2.96']) {
        const target = `/compute/v2.1${path.replaceAll(/\{\w+\}/g, 'x')}`;
        const { status, body } = await room.member().ask(method, target, undefined, version);
        if (status !== 410 || body['computeFault']?.code !== 410)
          wrong.push(`${method} ${target} at ${version}: ${status}`);
      }
    for (const action of ['injectNetworkInfo', 'resetNetwork']) {
      const target = '/compute/v2.1/servers/x/action';
      const { status } = await room.admin.ask('POST', target, { [action]: null });
      if (status !== 410) wrong.push(`${action}: ${status}`);
    }
    assert.deepEqual(wrong, []);
  });

  test('knows every action of servers, and a rule for each', async () => {
    const actions = ACTIONS.trim().split(/\s+/);
    const wrong: string[] = [];
    for (const action of actions) {
      const target = '/compute/v2.1/servers/1b2c3d4e-0000-4000-8000-000000000000/action';
      const { body } = await room.admin.ask('POST', target, { [action]: null });
      if (JSON.stringify(body).includes('no such action')) wrong.push(action);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(
      actions.filter(
        (action) =>
          !Object.hasOwn(SERVER_ACTIONS, action) ||
          !Object.hasOwn(policy.rules, SERVER_ACTIONS[action]!),
      ),
      [],
    );
  });
});
