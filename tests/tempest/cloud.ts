import { writeFileSync } from 'node:fs';
import { paths } from '../../src/core/configuration.ts';
import { TestCloud } from '../support/cloud.ts';
import { COMPLIANCE } from './configuration.ts';
import { IMAGE_PORT } from './image-server.ts';

/**
 * Options that tempest's tests count on and that are no defaults: VLAN numbers for everybody, rules for passwords,
 * images from addresses and in two stores.
 */
const OPTIONS = {
  network: { network_vlan_ranges: ['public:2000:2999'] },
  identity: { security_compliance: COMPLIANCE },
  image: {
    stores: { file: { store_type: 'file' }, second: { store_type: 'file' } },
    enabled_import_methods: ['glance-direct', 'web-download', 'copy-image'],
    import_filtering_opts: {
      allowed_ports: [80, 443, IMAGE_PORT],
      allowed_networks: ['127.0.0.1/32'],
    },
  },
};

/** A new cloud for tempest's tests; `destroy` takes all of it away again. */
export async function startTempestCloud(): Promise<TestCloud> {
  const cloud = await TestCloud.plan('tempest');
  writeFileSync(paths(cloud.home).options, JSON.stringify(OPTIONS));
  await cloud.up();
  return cloud;
}
