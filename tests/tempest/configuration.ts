import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ApiClient } from '../support/api.ts';
import { IMAGE_ADDRESS } from './image-server.ts';

/** Where a cloud answers, and its administrator. */
export interface Target {
  /** Such as `http://127.0.0.1:5000/identity/v3`. */
  readonly identityUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
  readonly region: string;
  /** The cloud's rules for passwords, if it has these. */
  readonly compliance?: typeof COMPLIANCE;
  /** Image and flavor of servers that have screens; without them none has. */
  readonly machine?: { readonly image: string; readonly flavor: string };
}

/** Rules for passwords, in keystone.conf's names: few seconds, since tempest waits for them. */
export const COMPLIANCE = {
  lockout_failure_attempts: 3,
  lockout_duration: 3,
  unique_last_password_count: 2,
} as const;

/**
 * The target that the variables of an `openrc` name.
 * @param compliance if the cloud has these rules
 */
export function targetOf(variables: NodeJS.ProcessEnv, compliance?: typeof COMPLIANCE): Target {
  const read = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '')
      throw new Error(`${name} is not set: eval openrc first`);
    return value;
  };
  const url = read('OS_AUTH_URL').replace(/\/+$/, '');
  return {
    identityUrl: url.endsWith('/v3') ? url : `${url}/v3`,
    user: read('OS_USERNAME'),
    password: read('OS_PASSWORD'),
    project: read('OS_PROJECT_NAME'),
    region: variables['OS_REGION_NAME'] ?? 'RegionOne',
    ...(compliance ? { compliance } : {}),
  };
}

type Sections = Record<string, Record<string, string | number | boolean>>;

/** Two public images that servers start from; the second is made, as a copy, where there is only one. */
async function twoImages(api: ApiClient): Promise<[string, string]> {
  const { images } = await api.get('/image/v2/images?status=active&visibility=public');
  const [first, second] = images as Record<string, string>[];
  if (first === undefined) throw new Error('there is no public image to make servers from');
  if (second !== undefined) return [first['id']!, second['id']!];
  const { id } = await api.post('/image/v2/images', {
    name: `${first['name']} for tempest`,
    visibility: 'public',
    container_format: first['container_format'],
    disk_format: first['disk_format'],
  });
  const headers = { 'x-auth-token': api.token };
  const data = await fetch(`${api.root}/image${first['file']}`, { headers });
  const { status } = await fetch(`${api.root}/image/v2/images/${id}/file`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: await data.arrayBuffer(),
  });
  if (status !== 204) throw new Error(`the copy of an image was not taken: ${status}`);
  return [first['id']!, id];
}

/** What tempest must be told, asked from the cloud: services, extensions, the way out, flavors and images. */
async function sectionsFor(target: Target, folder: string): Promise<Sections> {
  const api = await ApiClient.login(
    new URL(target.identityUrl).origin,
    target.user,
    target.password,
    target.project,
  );
  const { catalog } = await api.get('/identity/v3/auth/catalog');
  const services = new Set((catalog as { type: string }[]).map(({ type }) => type));
  const { extensions } = await api.get('/network/v2.0/extensions');
  const aliases = (extensions as { alias: string }[]).map(({ alias }) => alias);
  const { networks } = await api.get('/network/v2.0/networks?router:external=true');
  const outside = networks[0] as { id: string; name: string };
  const { flavors } = await api.get('/compute/v2.1/flavors?sort_key=memory_mb');
  const [image, another] = await twoImages(api);
  const imageFile = path.join(folder, 'image.raw');
  writeFileSync(imageFile, Buffer.alloc(1024 * 1024, 'ovenbird'));
  return {
    DEFAULT: { log_file: path.join(folder, 'tempest.log'), debug: false },
    oslo_concurrency: { lock_path: path.join(folder, 'locks') },
    auth: {
      use_dynamic_credentials: true,
      admin_username: target.user,
      admin_password: target.password,
      admin_project_name: target.project,
      admin_domain_name: 'Default',
    },
    identity: {
      uri_v3: target.identityUrl,
      auth_version: 'v3',
      region: target.region,
      ...Object.fromEntries(
        Object.entries(target.compliance ?? {}).map(([name, value]) => [`user_${name}`, value]),
      ),
    },
    'identity-feature-enabled': {
      api_v2: false,
      api_v3: true,
      trust: true,
      application_credentials: true,
      access_rules: true,
      project_tags: true,
      security_compliance: target.compliance !== undefined,
    },
    service_available: {
      cinder: services.has('volumev3'),
      swift: services.has('object-store'),
      glance: services.has('image'),
      nova: services.has('compute'),
      neutron: services.has('network'),
    },
    image: {
      region: target.region,
      image_path: imageFile,
      http_image: IMAGE_ADDRESS,
      build_timeout: 40,
      // Tempest uploads random bytes: only formats that can be anything take them.
      container_formats: 'bare,ovf',
      disk_formats: 'raw,ami,ari,aki',
    },
    'image-feature-enabled': { import_image: true, os_glance_reserved: true },
    network: {
      public_network_id: outside.id,
      floating_network_name: outside.name,
      project_network_cidr: '10.100.0.0/16',
      build_timeout: 60,
    },
    'network-feature-enabled': {
      api_extensions: aliases.join(','),
      ipv6_subnet_attributes: true,
      port_security: aliases.includes('port-security'),
    },
    compute: {
      region: target.region,
      flavor_ref: target.machine?.flavor ?? flavors[0].id,
      flavor_ref_alt: flavors[1].id,
      image_ref: target.machine?.image ?? image,
      image_ref_alt: another,
      max_microversion: 'latest',
      build_timeout: 60,
      build_interval: 1,
      min_compute_nodes: 1,
    },
    // Servers are containers on one host: what needs a hypervisor or two hosts is not asked for.
    'compute-feature-enabled': {
      resize: true,
      change_password: true,
      // Metadata of servers can be changed while they run: tempest takes that for XenServer's alone. Its os-agents and
      // resetNetwork are nowhere, so that their tests fail here.
      xenapi_apis: true,
      hostname_fqdn_sanitization: true,
      attach_encrypted_volume: false,
      live_migration: false,
      cold_migration: false,
      vnc_console: target.machine !== undefined,
    },
    validation: { run_validation: false },
    neutron_plugin_options: {
      // The API does not tell these; the physical network is the seed's.
      available_type_drivers: 'flat,geneve,local,vlan',
      provider_vlans: 'public',
      firewall_driver: 'ovn',
      create_shared_resources: true,
      // Largest packet of the underlay.
      max_mtu: 1500,
    },
  };
}

/** Writes tempest.conf for a cloud into a folder, which then holds also what tempest logs and locks. */
export async function writeConfiguration(target: Target, folder: string): Promise<void> {
  const sections = await sectionsFor(target, folder);
  const text = Object.entries(sections)
    .map(
      ([section, options]) =>
        `[${section}]\n${Object.entries(options)
          .map(([name, value]) => `${name} = ${String(value)}\n`)
          .join('')}`,
    )
    .join('\n');
  writeFileSync(path.join(folder, 'tempest.conf'), text, { mode: 0o600 });
}
