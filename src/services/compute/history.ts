/** What a microversion changed, and what of that there is here: `served`, nothing to serve, or why it is not. */
export interface Change {
  readonly what: string;
  readonly here: string;
}

const served = (what: string): Change => ({ what, here: 'served' });
const partly = (what: string, here: string): Change => ({ what, here });
const NO_VOLUMES = 'served: there are no volumes, and asking for one says so';
const NO_LIVE = 'no driver moves servers that run: checked, and answered 501';

/**
 * Every microversion up to the newest that is honoured, by its minor number. `microversions.ts` is what the code goes by;
 * this is for readers. Source: Nova's REST API version history.
 */
export const HISTORY: Readonly<Record<number, Change>> = {
  2: served('type of key pairs; 201 and 204 for making and deleting them'),
  3: served('more attributes of servers for administrators; `delete_on_termination` of volumes'),
  4: partly('`reserved` of `os-fixed-ips`', 'gone from Nova: 404'),
  5: served('filter `ip6` for everybody'),
  6: served('`remote-consoles` instead of four actions'),
  7: served('409 for access to a public flavor'),
  8: partly('console `webmks`', 'served: no host has one (400)'),
  9: served('`locked`'),
  10: served("administrators' key pairs for other users"),
  11: served('`forced_down` of services'),
  12: partly('`net_id` in `os-virtual-interfaces`', 'gone from Nova: 404'),
  13: served('project and user of server groups'),
  14: served('`evacuate` finds out about shared storage, and tells no password'),
  15: served('soft policies of server groups'),
  16: served('`host_status`'),
  17: partly('`trigger_crash_dump`', 'not offered: unknown action (400)'),
  18: partly('paths without the project', 'served: paths never have one'),
  19: served('`description` of servers'),
  20: partly('volumes of shelved servers', NO_VOLUMES),
  21: served('actions of deleted servers'),
  22: partly('`force_complete` of a live migration', 'served: none is ever under way (404)'),
  23: partly(
    "a server's live migrations; types of migrations",
    'served: none of the former is ever under way',
  ),
  24: partly('ending a live migration', 'served: none is ever under way (404)'),
  25: partly('`block_migration` auto', NO_LIVE),
  26: served('tags of servers, and filters by them'),
  27: served('header `OpenStack-API-Version`'),
  28: served('`cpu_info` of hypervisors as an object'),
  29: served('`force` of `evacuate`'),
  30: partly('`force` of `os-migrateLive`', NO_LIVE),
  31: served('`os-console-auth-tokens` for all types'),
  32: served('tags of networks and block devices of a new server'),
  33: served('pages of hypervisors; no tags of block devices'),
  34: partly('checks of live migration later', NO_LIVE),
  35: served('pages of key pairs'),
  36: served('no proxies of other services, no quotas of networks'),
  37: served('`networks` is mandatory; `auto` and `none`; no tags of networks'),
  38: served('400 for an unknown status'),
  39: served('no limit of image metadata'),
  40: served('pages of usage'),
  41: served('`uuid` of aggregates'),
  42: served('tags of networks and block devices again'),
  43: served('no `os-hosts`'),
  44: partly('no actions for addresses', 'served: they are not offered before either'),
  45: served('`createImage` answers with the id'),
  46: served('`X-OpenStack-Request-ID`'),
  47: served('the flavor of a server as it was'),
  48: served('diagnostics of one shape'),
  49: served('tags of interfaces and volumes that are attached'),
  50: served('server groups in quota classes, networks no more'),
  51: served('events of actions for everybody; event `volume-extended`'),
  52: served('tags of a new server'),
  53: served('UUIDs of services and hypervisors; filters instead of paths'),
  54: served('key pair of a rebuild'),
  55: served('`description` of flavors'),
  56: served('`host` of `migrate`'),
  57: served('no injected files; user data of a rebuild'),
  58: served('pages and `changes-since` of actions'),
  59: served('pages, `changes-since` and `uuid` of migrations'),
  60: partly('volumes of several servers', NO_VOLUMES),
  61: served('extra specs of flavors inline'),
  62: served('`host` and `hostId` of events'),
  63: partly(
    '`trusted_image_certificates`',
    'served as null: a list of them is a 400 that says so',
  ),
  64: served('`policy` and `rules` of server groups'),
  65: partly('ending live migrations that wait', 'served: none is ever under way (404)'),
  66: served('`changes-before` of servers, actions and migrations'),
  67: partly('`volume_type` of block devices', NO_VOLUMES),
  68: served('no forced live migration and evacuation'),
  69: partly('short documents of cells that are down', 'served: there is one cell'),
  70: served('`tag` of interfaces and volumes is shown'),
  71: served('`server_groups` of servers'),
  72: served('ports that ask for bandwidth'),
  73: served('reason of a lock; filter and sort key `locked`'),
  74: served('`host` and `hypervisor_hostname` of a new server'),
  75: served(
    'unknown parameters are 400; full replies of updates and rebuilds; `swap` 0; `servers` always',
  ),
  76: served('event `power-update`'),
  77: served('zone of `unshelve`'),
  78: served('`topology`: no host here divides its memory'),
  79: partly('`delete_on_termination` of attached volumes', NO_VOLUMES),
  80: served('user and project of migrations, and filters by them'),
  81: served('images are brought to the hosts of an aggregate beforehand'),
  82: served('event `accelerator-request-bound`'),
  83: served('eleven more filters of servers for everybody'),
  84: served('`details` of events that failed, for administrators'),
  85: partly('changing an attached volume', NO_VOLUMES),
  86: served('extra specs of known namespaces are checked'),
  87: partly('rescue of servers that run from volumes', NO_VOLUMES),
  88: served('no figures of hypervisors; their `uptime` inline'),
  89: partly('ids of attachments and block devices', NO_VOLUMES),
  90: served('`hostname` of servers is chosen, and seen by everybody'),
  91: served('`host` of `unshelve`, for administrators; leaving the zone'),
  92: served('key pairs are brought, not made; `@` and `.` in names'),
  93: partly('rebuild of servers that run from volumes; event `volume-reimaged`', NO_VOLUMES),
  94: served('`hostname` may have several labels'),
  95: served('evacuated servers stay stopped'),
  96: served('`pinned_availability_zone`'),
};

/** The table in Markdown. */
export const historyTable = (): string =>
  [
    '| 2.x | what came | here |',
    '|---|---|---|',
    ...Object.entries(HISTORY).map(([minor, { what, here }]) => `| ${minor} | ${what} | ${here} |`),
  ].join('\n');
