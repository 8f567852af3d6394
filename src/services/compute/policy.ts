import type { Caller } from '../identity/caller.ts';
import { Policy, type PolicyRule } from '../policy.ts';
import { policyForbids } from './errors.ts';

/** What an action is about: something that a project or a user has. */
export interface Target {
  readonly projectId?: string | null;
  readonly userId?: string;
}

const conditions = {
  anyone: { text: 'no more', holds: () => true },
  nobody: { text: 'nobody else', holds: () => false },
  project: {
    text: 'it belongs to its project',
    holds: ({ projectId }: Caller, target: Target) =>
      projectId !== undefined && target.projectId === projectId,
  },
  user: {
    text: 'it belongs to its user',
    holds: ({ userId }: Caller, target: Target) => target.userId === userId,
  },
} as const;
type Conditions = keyof typeof conditions;
type Rule = PolicyRule<Conditions>;

const reads = (what: string): Rule => ({ what, role: 'reader', where: 'project' });
const changes = (what: string): Rule => ({ what, role: 'member', where: 'project' });
const admin = (what: string): Rule => ({ what, role: 'admin', where: 'nobody' });
const own = (what: string): Rule => ({ what, role: 'authenticated', where: 'user' });
const anyone = (what: string): Rule => ({ what, role: 'authenticated', where: 'anyone' });

/**
 * Who may do what with servers and all about them: the names (after `os_compute_api:`) and the rules are those of Nova's
 * default policy. What belongs to another project is not there for it: 404; what the path names outright (a project's
 * quota, a user's key pairs) is 403.
 */
export const policy = new Policy(conditions, {
  // Servers
  'servers:index': reads('list servers in short'),
  'servers:detail': reads('list servers'),
  'servers:index:get_all_tenants': admin('list the servers of all projects'),
  'servers:allow_all_filters': admin('use every filter of a list, before 2.83'),
  'servers:show': reads('show a server'),
  'servers:show:host_status': admin('see the state of its host'),
  'os-extended-server-attributes': admin('see its host, and what Nova calls it'),
  'servers:create': changes('create servers'),
  'servers:create:forced_host': admin('choose their host by `availability_zone`'),
  'servers:create:requested_destination': admin('choose their host'),
  'servers:update': changes('rename a server, describe it, choose its host name'),
  'servers:delete': changes('delete a server'),
  // Actions of servers
  'servers:start': changes('`os-start`'),
  'servers:stop': changes('`os-stop`'),
  'servers:reboot': changes('`reboot`'),
  'servers:rebuild': changes('`rebuild`'),
  'servers:resize': changes('`resize`'),
  'servers:confirm_resize': changes('`confirmResize`'),
  'servers:revert_resize': changes('`revertResize`'),
  'servers:create_image': changes('`createImage`'),
  'servers:trigger_crash_dump': changes('`trigger_crash_dump`'),
  'os-admin-actions:reset_state': admin('`os-resetState`'),
  'os-admin-password': changes('`changePassword`'),
  'os-console-output': changes('`os-getConsoleOutput`'),
  'os-remote-consoles': changes('`remote-consoles`; until 2.5 `os-getVNCConsole` and its like'),
  'os-console-auth-tokens': admin('see which console a token opens'),
  'os-create-backup': changes('`createBackup`'),
  'os-deferred-delete:restore': changes('`restore`'),
  'os-deferred-delete:force': changes('`forceDelete`'),
  'os-evacuate': admin('`evacuate`'),
  'os-lock-server:lock': changes('`lock`'),
  'os-lock-server:unlock': changes('`unlock`'),
  'os-lock-server:unlock:unlock_override': admin('`unlock` what an administrator locked'),
  'os-migrate-server:migrate': admin('`migrate`'),
  'os-migrate-server:migrate:host': admin('`migrate` to a chosen host'),
  'os-migrate-server:migrate_live': admin('`os-migrateLive`'),
  'os-pause-server:pause': changes('`pause`'),
  'os-pause-server:unpause': changes('`unpause`'),
  'os-rescue': changes('`rescue`'),
  'os-unrescue': changes('`unrescue`'),
  'os-security-groups:add': changes('`addSecurityGroup`'),
  'os-security-groups:remove': changes('`removeSecurityGroup`'),
  'os-shelve:shelve': changes('`shelve`'),
  'os-shelve:unshelve': changes('`unshelve`'),
  'os-shelve:unshelve_to_host': admin('`unshelve` to a chosen host'),
  'os-shelve:shelve_offload': admin('`shelveOffload`'),
  'os-suspend-server:suspend': changes('`suspend`'),
  'os-suspend-server:resume': changes('`resume`'),
  // Parts of servers
  'server-metadata:index': reads("list a server's metadata"),
  'server-metadata:show': reads('show one item of it'),
  'server-metadata:create': changes('add metadata'),
  'server-metadata:update_all': changes('replace metadata'),
  'server-metadata:update': changes('change one item'),
  'server-metadata:delete': changes('delete one item'),
  'os-server-tags:index': reads("list a server's tags"),
  'os-server-tags:show': reads('ask for one tag'),
  'os-server-tags:update_all': changes('replace tags'),
  'os-server-tags:update': changes('add a tag'),
  'os-server-tags:delete': changes('remove a tag'),
  'os-server-tags:delete_all': changes('remove all tags'),
  'ips:index': reads("list a server's addresses"),
  'ips:show': reads('list those of one network'),
  'os-attach-interfaces:list': reads("list a server's interfaces"),
  'os-attach-interfaces:show': reads('show an interface'),
  'os-attach-interfaces:create': changes('attach an interface'),
  'os-attach-interfaces:delete': changes('detach an interface'),
  'os-volumes-attachments:index': reads("list a server's volumes"),
  'os-volumes-attachments:show': reads('show a volume of a server'),
  'os-volumes-attachments:create': changes('attach a volume'),
  'os-volumes-attachments:update': changes('change an attached volume'),
  'os-volumes-attachments:delete': changes('detach a volume'),
  'os-assisted-volume-snapshots:create': admin('help a volume service with a snapshot'),
  'os-assisted-volume-snapshots:delete': admin('help it to delete one'),
  'os-server-diagnostics': admin("show a server's diagnostics"),
  'compute:server:topology:index': reads("show a server's topology"),
  'os-server-password:show': reads("show a server's password"),
  'os-server-password:clear': changes("forget a server's password"),
  'os-instance-actions:list': reads('list what was ordered of a server'),
  'os-instance-actions:show': reads('show one order, and its events'),
  'os-instance-actions:events': admin('see where an event failed'),
  'os-instance-actions:events:details': admin('see why an event failed'),
  'servers:migrations:index': admin("list a server's live migrations"),
  'servers:migrations:show': admin('show one'),
  'servers:migrations:delete': admin('end one'),
  'servers:migrations:force_complete': admin('hurry one'),
  'os-migrations:index': admin('list migrations'),
  'os-server-external-events:create': admin('tell of events elsewhere'),
  'os-security-groups:list': reads("list a server's security groups"),
  'os-security-groups:get': reads('until 2.35: list security groups'),
  'os-security-groups:show': reads('until 2.35: show one'),
  'os-security-groups:create': changes('until 2.35: create one'),
  'os-security-groups:update': changes('until 2.35: change one'),
  'os-security-groups:delete': changes('until 2.35: delete one'),
  'os-security-groups:rule:create': changes('until 2.35: add a rule'),
  'os-security-groups:rule:delete': changes('until 2.35: remove a rule'),
  'os-floating-ip-pools': { ...reads('until 2.35: list external networks'), where: 'anyone' },
  'os-floating-ips:list': reads('until 2.35: list floating IPs'),
  'os-floating-ips:show': reads('until 2.35: show one'),
  'os-floating-ips:create': changes('until 2.35: take one'),
  'os-floating-ips:delete': changes('until 2.35: give one back'),
  'os-floating-ips:add': changes('until 2.43: `addFloatingIp`'),
  'os-floating-ips:remove': changes('until 2.43: `removeFloatingIp`'),
  'os-multinic:add': changes('until 2.43: `addFixedIp`'),
  'os-multinic:remove': changes('until 2.43: `removeFixedIp`'),
  'os-networks:list': reads('until 2.35: list networks'),
  'os-networks:show': reads('until 2.35: show one'),
  'os-tenant-networks:list': reads('until 2.35: list networks'),
  'os-tenant-networks:show': reads('until 2.35: show one'),
  'os-server-groups:index': reads('list server groups'),
  'os-server-groups:index:all_projects': admin('list those of all projects'),
  'os-server-groups:show': reads('show a server group'),
  'os-server-groups:create': changes('create a server group'),
  'os-server-groups:delete': changes('delete a server group'),
  // Flavors, key pairs
  flavors: { ...reads('list and show flavors that one has access to'), where: 'anyone' },
  'os-flavor-manage:create': admin('create a flavor'),
  'os-flavor-manage:update': admin('describe a flavor'),
  'os-flavor-manage:delete': admin('delete a flavor'),
  'os-flavor-access': admin('see who has access to a flavor'),
  'os-flavor-access:change': admin('give and take access'),
  'os-flavor-extra-specs:index': { ...reads("list a flavor's extra specs"), where: 'anyone' },
  'os-flavor-extra-specs:show': { ...reads('show one'), where: 'anyone' },
  'os-flavor-extra-specs:create': admin('add extra specs'),
  'os-flavor-extra-specs:update': admin('change one'),
  'os-flavor-extra-specs:delete': admin('remove one'),
  'os-keypairs:index': own('list key pairs'),
  'os-keypairs:show': own('show a key pair'),
  'os-keypairs:create': own('create a key pair'),
  'os-keypairs:delete': own('delete a key pair'),
  // Quotas and use
  limits: anyone("show one's project's limits"),
  'limits:other_project': admin("show another project's limits"),
  'os-quota-sets:show': reads("show a project's quota"),
  'os-quota-sets:defaults': anyone('show the quota of a project without one of its own'),
  'os-quota-sets:detail': reads('show what is taken of it'),
  'os-quota-sets:update': admin('change a quota'),
  'os-quota-sets:delete': admin('back to the default quota'),
  'os-quota-class-sets:show': admin('show a class of quotas'),
  'os-quota-class-sets:update': admin('change it'),
  'os-simple-tenant-usage:show': reads('show what a project used'),
  'os-simple-tenant-usage:list': admin('list what all projects used'),
  'os-instance-usage-audit-log': admin('see audits of use'),
  // Hosts
  'os-availability-zone:list': anyone('list zones'),
  'os-availability-zone:detail': admin('list zones and their hosts'),
  'os-hypervisors': admin('list, search and show hypervisors'),
  'os-services:list': admin('list services'),
  'os-services:update': admin('enable, disable and force down a service'),
  'os-services:delete': admin('forget a service'),
  'os-hosts': admin('until 2.42: list, show and change hosts'),
  'os-aggregates:index': admin('list aggregates'),
  'os-aggregates:show': admin('show one'),
  'os-aggregates:create': admin('create one'),
  'os-aggregates:update': admin('change one'),
  'os-aggregates:delete': admin('delete one'),
  'os-aggregates:action': admin('add and remove hosts, set metadata'),
  'compute:aggregates:images': admin('bring images to the hosts of one'),
  extensions: anyone('list parts of the API by their old names'),
} satisfies Record<string, Rule>);

export type PolicyAction = (typeof policy.actions)[number];

/** Fails with 403 and Nova's sentence unless the caller may. Without a target only the role counts. */
export function requirePolicy(action: PolicyAction, caller: Caller, target?: Target): void {
  const { role } = policy.rules[action];
  const may =
    target === undefined
      ? caller.isAdmin || role === 'authenticated' || caller.roles.has(role)
      : policy.allows(action, caller, target);
  if (!may) throw policyForbids(action);
}

/** The rule of each action of servers, by the member of the body that orders it. */
export const SERVER_ACTIONS: Readonly<Record<string, PolicyAction>> = {
  'os-start': 'servers:start',
  'os-stop': 'servers:stop',
  reboot: 'servers:reboot',
  rebuild: 'servers:rebuild',
  resize: 'servers:resize',
  confirmResize: 'servers:confirm_resize',
  revertResize: 'servers:revert_resize',
  createImage: 'servers:create_image',
  trigger_crash_dump: 'servers:trigger_crash_dump',
  'os-resetState': 'os-admin-actions:reset_state',
  changePassword: 'os-admin-password',
  'os-getConsoleOutput': 'os-console-output',
  'os-getVNCConsole': 'os-remote-consoles',
  'os-getSPICEConsole': 'os-remote-consoles',
  'os-getRDPConsole': 'os-remote-consoles',
  'os-getSerialConsole': 'os-remote-consoles',
  createBackup: 'os-create-backup',
  restore: 'os-deferred-delete:restore',
  forceDelete: 'os-deferred-delete:force',
  evacuate: 'os-evacuate',
  lock: 'os-lock-server:lock',
  unlock: 'os-lock-server:unlock',
  migrate: 'os-migrate-server:migrate',
  'os-migrateLive': 'os-migrate-server:migrate_live',
  pause: 'os-pause-server:pause',
  unpause: 'os-pause-server:unpause',
  rescue: 'os-rescue',
  unrescue: 'os-unrescue',
  addFloatingIp: 'os-floating-ips:add',
  removeFloatingIp: 'os-floating-ips:remove',
  addFixedIp: 'os-multinic:add',
  removeFixedIp: 'os-multinic:remove',
  addSecurityGroup: 'os-security-groups:add',
  removeSecurityGroup: 'os-security-groups:remove',
  shelve: 'os-shelve:shelve',
  unshelve: 'os-shelve:unshelve',
  shelveOffload: 'os-shelve:shelve_offload',
  suspend: 'os-suspend-server:suspend',
  resume: 'os-suspend-server:resume',
};
