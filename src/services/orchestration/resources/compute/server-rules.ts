import type { ValueMap } from '../../language/index.ts';
import { invalid, listIn, mapIn, mapsIn } from '../requests.ts';

/** What `networks` may say. */
function checkNetworks(properties: ValueMap): void {
  const entries = mapsIn(properties, 'networks');
  for (const entry of entries) {
    const has = (key: string): boolean => entry[key] !== undefined;
    const allocation = has('allocate_network') && entry['allocate_network'] !== null;
    if (!['network', 'port', 'subnet', 'allocate_network'].some(has))
      throw invalid('Each of networks needs a network, a port, a subnet or allocate_network.');
    if (allocation && (entries.length > 1 || Object.keys(entry).length > 1))
      throw invalid(
        'allocate_network stands alone: neither other networks nor other members with it.',
      );
    if (has('fixed_ip') && has('port'))
      throw invalid('Give either fixed_ip or port in an entry of networks, not both.');
    if (has('floating_ip') && has('network') && !has('port') && !has('subnet'))
      throw invalid('floating_ip in an entry of networks needs a port or a subnet with it.');
  }
  if (
    listIn(properties, 'security_groups').length > 0 &&
    entries.some((one) => one['port'] !== undefined)
  )
    throw invalid(
      'security_groups are for ports that the server makes: give them to the port itself.',
    );
}

/** What a server's properties must fulfil together. Unknown values are null. */
export function validateServer(properties: ValueMap): void {
  for (const name of ['block_device_mapping', 'block_device_mapping_v2']) {
    if (listIn(properties, name).length > 0)
      throw invalid(`There is no volume service here: leave out ${name} and give an image.`);
  }
  if (properties['image'] === undefined)
    throw invalid('A server needs an image: there is no volume service to start from.');
  if (Object.keys(mapIn(properties, 'personality')).length > 0)
    throw invalid('The compute service takes no files (personality) any more: use user_data.');
  if (properties['reservation_id'] !== undefined)
    throw invalid('There is no reservation service here: leave out reservation_id.');
  const transport = String(properties['software_config_transport']);
  if (
    properties['user_data_format'] === 'SOFTWARE_CONFIG' &&
    ['POLL_TEMP_URL', 'ZAQAR_MESSAGE'].includes(transport)
  )
    throw invalid(`There is no service for software_config_transport ${transport} here.`);
  checkNetworks(properties);
}
