import { Type, type Static } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';

const ratio = (initial: number, description: string) =>
  Type.Number({ default: initial, exclusiveMinimum: 0, maximum: 1000, description });
const reserved = (initial: number, description: string) =>
  Type.Integer({ default: initial, minimum: 0, maximum: 2_147_483_647, description });

/** Options of compute: member `compute` of `<home>/config.json`. Names and meanings are nova.conf's. */
const schema = Type.Object(
  {
    cpu_allocation_ratio: ratio(16, 'How often the processors of a host may be given away'),
    ram_allocation_ratio: ratio(1.5, 'How often the memory of a host may be given away'),
    disk_allocation_ratio: ratio(1, 'How often the disk of a host may be given away'),
    reserved_host_cpus: reserved(0, 'Processors that are kept from servers'),
    reserved_host_memory_mb: reserved(512, 'MiB of memory that are kept from servers'),
    reserved_host_disk_mb: reserved(0, 'MiB of disk that are kept from servers'),
    shelved_offload_time: Type.Integer({
      default: 0,
      minimum: -1,
      maximum: 2_147_483_647,
      description: 'Seconds after which a shelved server leaves its host; -1: never by itself',
    }),
    console_token_ttl: Type.Integer({
      default: 600,
      minimum: 1,
      maximum: 86_400,
      description:
        'Seconds that the address of a console is good for (nova.conf: consoleauth.token_ttl)',
    }),
    console_idle_timeout: Type.Integer({
      default: 3600,
      minimum: 1,
      maximum: 86_400,
      description: 'Seconds after which a console is closed into which nobody types',
    }),
    resize_confirm_window: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 2_147_483_647,
      description: 'Seconds after which a resize is confirmed without being asked; 0: never',
    }),
  },
  { additionalProperties: false },
);

export type ComputeOptions = Static<typeof schema>;

/** Reads the options, with defaults for those that are not there; fails with a sentence about each wrong one. */
export function computeOptions(given: unknown): ComputeOptions {
  const whole = Default(schema, structuredClone(given)) as unknown;
  if (Check(schema, whole)) return whole;
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(Object(given)).filter((name) => !known.includes(name));
  const sentences = [
    ...unknown.map((name) => `'${name}' is no option, there are ${known.join(', ')}`),
    ...Errors(schema, whole)
      .filter(({ instancePath }) => !unknown.includes(instancePath.slice(1)) && instancePath !== '')
      .map(({ instancePath, message }) => `${instancePath.slice(1)} ${message}`),
  ];
  throw new Error(`config.json, compute: ${sentences.slice(0, 5).join('; ') || 'it is no object'}`);
}
