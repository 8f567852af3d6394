import type { SegmentRequest, TypeDriver, TypeDriverMaker } from '../../drivers/type-driver.ts';
import { invalidInput } from '../../errors.ts';
import type { NetworkOptions } from '../../options.ts';
import { flat } from './flat.ts';
import { geneve } from './geneve.ts';
import { local } from './local.ts';
import { vlan } from './vlan.ts';

const BUILTIN: readonly TypeDriverMaker[] = [geneve, vlan, flat, local];

/** The kinds of networks of this cloud. */
export interface NetworkTypes {
  /** Those of the option `type_drivers`, by name. */
  readonly drivers: ReadonlyMap<string, TypeDriver>;
  /** What a network becomes when nobody says which, the first that has a free number. */
  readonly tenant: readonly TypeDriver[];
  /** The same for external networks; empty: as all others. */
  readonly external: readonly TypeDriver[];
}

/**
 * The kinds of networks that the options name, among those that are built in and `others`. Fails with a sentence
 * when there is none of such a name.
 */
export function networkTypes(
  options: NetworkOptions,
  others: readonly TypeDriverMaker[] = [],
): NetworkTypes {
  const all = [...BUILTIN, ...others].map((make) => make(options));
  const twice = all.find(
    (driver, index) => all.findIndex(({ name }) => name === driver.name) < index,
  );
  if (twice !== undefined) {
    throw new Error(`two type drivers of the network service are called '${twice.name}'`);
  }
  const named = (option: string, names: readonly string[], among: readonly TypeDriver[]) =>
    names.map((name) => {
      const driver = among.find((candidate) => candidate.name === name);
      if (driver !== undefined) return driver;
      throw new Error(
        `config.json: network.${option}: there is no type '${name}', but ${among.map((other) => other.name).join(', ')}`,
      );
    });
  const chosen = named('type_drivers', options.type_drivers, all);
  return {
    drivers: new Map(chosen.map((driver) => [driver.name, driver])),
    tenant: named('tenant_network_types', options.tenant_network_types, chosen),
    external: named(
      'external_network_type',
      options.external_network_type === '' ? [] : [options.external_network_type],
      chosen,
    ),
  };
}

/** The driver of a type; `InvalidInput` when there is none. */
export function driverOf(types: NetworkTypes, type: string): TypeDriver {
  const driver = types.drivers.get(type);
  if (driver !== undefined) return driver;
  throw invalidInput(
    `network_type value '${type}' not supported: use ${[...types.drivers.keys()].join(', ')}.`,
  );
}

/** Refuses (`InvalidInput`) a place that segments of the type cannot have. */
export function checkSegment(
  driver: TypeDriver,
  request: SegmentRequest,
  known: readonly string[],
): void {
  const { physical_network: name, segmentation_id: number } = request;
  if (name !== null && driver.physicalNetwork === 'none') {
    throw invalidInput(
      `provider:physical_network specified for ${driver.name} network: it is on no physical network.`,
    );
  }
  if (name === null && driver.physicalNetwork === 'must') {
    throw invalidInput(`physical_network required for ${driver.name} provider network.`);
  }
  if (number !== null && driver.numbers === undefined) {
    throw invalidInput(`segmentation_id prohibited for ${driver.name} provider network.`);
  }
  if (
    number !== null &&
    driver.numbers !== undefined &&
    (number < driver.numbers.minimum || number > driver.numbers.maximum)
  ) {
    throw invalidInput(
      `segmentation_id out of range (${driver.numbers.minimum} through ${driver.numbers.maximum}).`,
    );
  }
  driver.check?.(request, known);
}
