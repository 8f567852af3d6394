/** Kilobits a second that a bridge sends and receives; undefined: not told. */
export interface Rates {
  readonly egress: number | undefined;
  readonly ingress: number | undefined;
}

/** What a chassis tells of its physical networks' bandwidth in `ovn-cms-options`, under Neutron's names. */
export interface BandwidthOptions {
  /** By bridge (`resource_provider_bandwidths=br-ex:EGRESS:INGRESS;…`). */
  readonly bandwidths: ReadonlyMap<string, Rates>;
  /** Bridge → name of the root provider (`resource_provider_hypervisors=br-ex:NAME;…`). */
  readonly hypervisors: ReadonlyMap<string, string>;
  /** For bridges that are not named there (`resource_provider_default_hypervisor=NAME`). */
  readonly defaultHypervisor: string | undefined;
  /** Of every inventory (`resource_provider_inventory_defaults=allocation_ratio:1.0;…`). */
  readonly inventory: Readonly<InventoryDefaults>;
  /** What could not be read, in sentences; it counts as not said. */
  readonly faults: readonly string[];
}

export interface InventoryDefaults {
  allocation_ratio: number;
  min_unit: number;
  max_unit: number;
  step_size: number;
  reserved: number;
}

/** Neutron's own, with placement's largest `max_unit`. */
const DEFAULTS: InventoryDefaults = {
  allocation_ratio: 1,
  min_unit: 1,
  max_unit: 2_147_483_647,
  step_size: 1,
  reserved: 0,
};

const LARGEST = 2_147_483_647;

/** A count, undefined when it is not given, NaN when it is none. */
function rate(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  return /^\d{1,10}$/.test(text) && Number(text) <= LARGEST ? Number(text) : Number.NaN;
}

/** Reads `ovn-cms-options`: a list separated by commas, in which these options' lists are separated by semicolons. */
export function bandwidthOptions(text: string | undefined): BandwidthOptions {
  const options = new Map(
    (text ?? '').split(',').map((entry) => {
      const [name = '', value = ''] = entry.split(/=(.*)/s);
      return [name.trim(), value.trim()] as const;
    }),
  );
  const list = (name: string) =>
    (options.get(`resource_provider_${name}`) ?? '')
      .split(';')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  const faults: string[] = [];
  const fault = (name: string, entry: string, form: string) =>
    faults.push(`resource_provider_${name}: '${entry.slice(0, 255)}' is not ${form}`);

  const bandwidths = new Map<string, Rates>();
  for (const entry of list('bandwidths')) {
    const [bridge = '', first, second, ...more] = entry.split(':');
    const [egress, ingress] = [rate(first), rate(second)];
    const wrong = bridge === '' || more.length > 0 || bandwidths.has(bridge);
    if (wrong || Number.isNaN(egress) || Number.isNaN(ingress))
      fault('bandwidths', entry, 'BRIDGE:EGRESS:INGRESS in kilobits a second, each bridge once');
    else bandwidths.set(bridge, { egress, ingress });
  }
  const hypervisors = new Map<string, string>();
  for (const entry of list('hypervisors')) {
    const [bridge = '', name = '', ...more] = entry.split(':');
    if (bridge === '' || name === '' || more.length > 0)
      fault('hypervisors', entry, 'BRIDGE:HYPERVISOR');
    else hypervisors.set(bridge, name);
  }
  const inventory = { ...DEFAULTS };
  for (const entry of list('inventory_defaults')) {
    const [key = '', value = ''] = entry.split(':');
    const number = key === 'allocation_ratio' ? Number(value) : rate(value);
    const good = number !== undefined && Number.isFinite(number) && number >= 0 && value !== '';
    const positive = key === 'reserved' || (number ?? 0) > 0;
    if (!Object.hasOwn(DEFAULTS, key) || !good || !positive)
      fault(
        'inventory_defaults',
        entry,
        `one of ${Object.keys(DEFAULTS).join(', ')} with a number`,
      );
    else inventory[key as keyof InventoryDefaults] = number;
  }
  return {
    bandwidths,
    hypervisors,
    defaultHypervisor: options.get('resource_provider_default_hypervisor') || undefined,
    inventory,
    faults,
  };
}
