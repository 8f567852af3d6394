import type { Port, Server } from '../api/documents.ts';
import { flavorName, imageName } from '../model/cloud.ts';
import { linkTo } from '../model/route.ts';
import { statusText } from '../model/status.ts';
import { age, mebibytes, nameOf, plainConsole, shellWord, timeOf } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';
import { closeIcon, refreshIcon } from './icons.ts';
import { command, errorText, fact, floatingMark, mono, moment, statusBadge } from './parts.ts';
import { rulesList } from './tables/security-groups.ts';

/** One server in full, beside the view: facts, fault, ports with what they let pass, console log. */
export function serverPanel(context: Context): Child {
  const { cloud, route, loaded } = context;
  if (route.server === undefined || !loaded.has('servers')) return null;
  const server = cloud.serverById.get(route.server);
  return h(
    'aside',
    { class: 'panel', 'aria-labelledby': 'panel-title', key: 'panel' },
    h(
      'div',
      { class: 'panel-head' },
      h(
        'h2',
        { id: 'panel-title', tabindex: -1 },
        h('span', { class: 'unseen' }, 'Server '),
        server ? nameOf(server) : 'Server not found',
      ),
      h(
        'a',
        {
          class: 'icon-button',
          href: linkTo({ view: route.view, server: undefined }),
          'aria-label': 'Close the panel',
          title: 'Close (Esc)',
        },
        closeIcon(),
      ),
    ),
    server ? body(context, server) : gone(route.server),
  );
}

const gone = (id: string): VirtualElement =>
  h(
    'div',
    { class: 'panel-body', key: 'gone' },
    h(
      'p',
      null,
      'There is no server ',
      mono(id),
      ' here: it was deleted, or is in another project.',
    ),
  );

// The key is the server's, so that nothing of one server's panel is left in the next one's.
const body = (context: Context, server: Server): VirtualElement =>
  h(
    'div',
    {
      class: 'panel-body',
      key: server.id,
      tabindex: 0,
      'aria-labelledby': 'panel-title',
      role: 'group',
    },
    h('p', { class: 'panel-status' }, statusBadge(server.status, statusText(server))),
    fault(server),
    facts(context, server),
    h('h3', null, 'Ports and what they let pass'),
    ports(context, server),
    consoleLog(context, server),
  );

/** The whole reason of an ERROR: what Nova tells, nothing left out. */
function fault({ status, fault: reason }: Server): Child {
  if (reason === undefined) {
    return status === 'ERROR'
      ? h('p', { class: 'fault', key: 'fault' }, 'The compute service gives no reason.')
      : null;
  }
  return h(
    'section',
    { class: 'fault', 'aria-label': 'Fault', key: 'fault' },
    h('p', { class: 'fault-message' }, reason.message),
    h('p', { class: 'quiet' }, `Code ${reason.code}, `, moment(timeOf(reason.created))),
    reason.details
      ? h('pre', { tabindex: 0, 'aria-label': 'Details of the fault' }, reason.details)
      : null,
  );
}

function facts(context: Context, server: Server): VirtualElement {
  const { cloud, session, allProjects } = context;
  const flavor =
    server.flavor.vcpus === undefined
      ? cloud.flavorById.get(server.flavor.id ?? '')
      : server.flavor;
  const size = flavor
    ? `, ${flavor.vcpus} vCPU, ${mebibytes(flavor.ram ?? 0)} memory, ${flavor.disk} GiB disk`
    : '';
  const created = timeOf(server.created);
  const launched = server['OS-SRV-USG:launched_at'];
  const metadata = Object.entries(server.metadata ?? {});
  return h(
    'dl',
    { class: 'facts', key: 'facts' },
    fact('Id', mono(server.id)),
    server.description ? fact('Description', server.description) : null,
    allProjects ? fact('Project', cloud.projectName(server.tenant_id)) : null,
    fact('Flavor', flavorName(cloud, server), h('span', { class: 'quiet' }, size)),
    fact('Image', imageName(cloud, server)),
    fact('Key pair', server.key_name ?? h('span', { class: 'quiet' }, 'none')),
    session.isAdmin
      ? fact('Host', server['OS-EXT-SRV-ATTR:host'] ?? h('span', { class: 'quiet' }, 'none yet'))
      : null,
    server['OS-EXT-AZ:availability_zone']
      ? fact('Availability zone', server['OS-EXT-AZ:availability_zone'])
      : null,
    fact(
      'Created',
      moment(created),
      h('span', { class: 'quiet' }, `, ${age(created, new Date())} ago`),
    ),
    launched ? fact('Started', moment(timeOf(launched))) : null,
    metadata.length > 0
      ? fact(
          'Metadata',
          metadata.map(([name, value]) => h('div', { key: name }, mono(`${name}=${value}`))),
        )
      : null,
  );
}

function ports(context: Context, server: Server): Child {
  const found = context.cloud.portsOfServer.get(server.id) ?? [];
  if (found.length === 0) {
    return h(
      'p',
      { class: 'quiet' },
      'No port can be seen: the server is in no network, or not yet.',
    );
  }
  return found.map((port) => portView(context, port));
}

function portView({ cloud }: Context, port: Port): VirtualElement {
  const network = cloud.networkById.get(port.network_id);
  const floating = cloud.floatingIpsOfPort.get(port.id) ?? [];
  const groups = port.security_groups.map((id) => ({ id, group: cloud.groupById.get(id) }));
  return h(
    'section',
    { class: 'port', key: port.id },
    h(
      'div',
      { class: 'port-head' },
      h('h4', null, network ? nameOf(network) : port.network_id),
      statusBadge(port.status),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact(
        port.fixed_ips.length === 1 ? 'Address' : 'Addresses',
        port.fixed_ips.length === 0
          ? h('span', { class: 'quiet' }, 'none')
          : mono(port.fixed_ips.map((each) => each.ip_address).join(', ')),
        floating.map((each) => floatingMark(each.floating_ip_address)),
      ),
      fact('MAC', mono(port.mac_address)),
      fact('Port', port.name ? `${port.name} ` : null, mono(port.id)),
    ),
    port.port_security_enabled === false
      ? h('p', { class: 'note' }, 'Port security is off: nothing is filtered here.')
      : groups.length === 0
        ? h(
            'p',
            { class: 'note' },
            'No security group: nothing passes but what the port needs to get its address.',
          )
        : groups.map(({ id, group }) =>
            h(
              'div',
              { class: 'group', key: id },
              h('h5', null, 'Security group ', group ? nameOf(group) : id),
              group
                ? rulesList(cloud, group)
                : h('p', { class: 'quiet' }, 'Its rules cannot be seen by this project.'),
            ),
          ),
  );
}

function consoleLog({ console: log, actions }: Context, server: Server): VirtualElement {
  const text = log.text === undefined ? undefined : plainConsole(log.text);
  return h(
    'section',
    { class: 'console', 'aria-labelledby': 'console-title', key: 'console' },
    h(
      'div',
      { class: 'console-head' },
      h('h3', { id: 'console-title' }, 'Console log'),
      h(
        'label',
        { class: 'check' },
        h('input', {
          type: 'checkbox',
          on: {
            change: (event) =>
              actions.followConsole((event.currentTarget as HTMLInputElement).checked),
          },
        }),
        'Follow',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          on: { click: () => actions.readConsole() },
          'aria-disabled': log.busy,
        },
        refreshIcon(),
        'Refresh',
      ),
      server.status === 'ACTIVE'
        ? h(
            'button',
            { type: 'button', class: 'button', on: { click: () => actions.openTerminal() } },
            'Terminal',
          )
        : null,
    ),
    log.error ? h('p', { class: 'error', role: 'alert' }, errorText(log.error)) : null,
    text === undefined
      ? log.error
        ? null
        : h('p', { class: 'quiet' }, 'Reading …')
      : text.trim() === ''
        ? h(
            'div',
            { class: 'empty' },
            h('p', null, 'The server has printed nothing yet.'),
            command(`openstack console log show ${shellWord(server.name || server.id)}`),
          )
        : h('pre', { id: 'console-text', tabindex: 0, 'aria-labelledby': 'console-title' }, text),
  );
}
