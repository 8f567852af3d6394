import { policy } from '../policy.ts';
import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';

/** Names from before microversions of those parts of the API that are served. */
const EXTENSIONS: readonly (readonly [alias: string, name: string, description: string])[] = [
  ['os-availability-zone', 'AvailabilityZone', 'Availability zones.'],
  ['os-console-output', 'ConsoleOutput', 'The output of servers.'],
  ['OS-EXT-SRV-ATTR', 'ExtendedServerAttributes', 'Host and instance name of servers.'],
  ['OS-EXT-STS', 'ExtendedStatus', 'Task, VM and power state of servers.'],
  ['OS-EXT-AZ', 'ExtendedAvailabilityZone', 'Availability zone of servers.'],
  ['OS-EXT-IPS', 'ExtendedIps', 'Type of addresses.'],
  ['OS-EXT-IPS-MAC', 'ExtendedIpsMac', 'Hardware address of addresses.'],
  ['os-flavor-access', 'FlavorAccess', 'Flavors of some projects only.'],
  ['os-flavor-extra-specs', 'FlavorExtraSpecs', 'Extra specs of flavors.'],
  ['os-flavor-manage', 'FlavorManage', 'Making and deleting flavors.'],
  ['os-hypervisors', 'Hypervisors', 'Hosts.'],
  ['os-instance-actions', 'InstanceActions', 'What was ordered of servers.'],
  ['os-attach-interfaces', 'AttachInterfaces', 'Interfaces of servers.'],
  ['os-keypairs', 'Keypairs', 'Key pairs.'],
  ['os-lock-server', 'LockServer', 'Locking servers.'],
  ['os-pause-server', 'PauseServer', 'Pausing servers.'],
  ['os-quota-sets', 'Quotas', 'Quotas of projects.'],
  ['os-quota-class-sets', 'QuotaClasses', 'Default quotas.'],
  ['os-security-groups', 'SecurityGroups', 'Security groups of servers.'],
  ['os-server-usage', 'ServerUsage', 'When servers were launched.'],
  ['os-server-start-stop', 'ServerStartStop', 'Starting and stopping servers.'],
  ['os-services', 'Services', "Hosts' agents."],
  ['os-simple-tenant-usage', 'SimpleTenantUsage', 'What projects have used.'],
  ['os-user-data', 'UserData', 'User data of servers.'],
];

const view = ([alias, name, description]: (typeof EXTENSIONS)[number]) => ({
  alias,
  name,
  description,
  links: [],
  namespace: 'http://docs.openstack.org/compute/ext/fake_xml',
  updated: '2014-12-03T00:00:00Z',
});

/** https://docs.openstack.org/api-ref/compute/#extensions-extensions-deprecated */
export const extensionOperations = (): Operation[] => [
  operation({
    name: 'list_extensions',
    method: 'GET',
    path: '/v2.1/extensions',
    summary: 'Parts of the API by their old names',
    role: policy.role('extensions'),
    success: 200,
    handle: async () => ({ body: { extensions: EXTENSIONS.map(view) } }),
  }),
  operation({
    name: 'show_extension',
    method: 'GET',
    path: '/v2.1/extensions/{alias}',
    summary: 'One part of the API by its old name',
    role: policy.role('extensions'),
    success: 200,
    async handle(request) {
      const found = EXTENSIONS.find(([alias]) => alias === request.params['alias']);
      if (!found)
        throw notFound(`Extension ${request.params['alias']!.slice(0, 255)} could not be found.`);
      return { body: { extension: view(found) } };
    },
  }),
];
