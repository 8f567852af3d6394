import type { LiveHost } from '../hosts/rules.ts';
import type { ServerImage } from '../tables.ts';
import type { Filter } from './filter.ts';

/** The formats that a driver can run. */
const FORMATS: Readonly<Record<string, (image: ServerImage) => boolean>> = {
  docker: (image) =>
    image.containerFormat === 'docker' ||
    (image.containerFormat === 'bare' && image.diskFormat === 'raw'),
  qemu: (image) => image.containerFormat === 'bare' && ['qcow2', 'raw'].includes(image.diskFormat),
  fake: () => true,
};

/**
 * Values of the image property `hypervisor_type` (`img_hv_type`) that each driver fits; what is in no list fits nobody.
 * A raw image without it may be a root file system or a disk: it is taken for the former, as long as there is a host
 * for containers.
 */
const HYPERVISOR_TYPES: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker', 'lxc'],
  qemu: ['qemu', 'kvm'],
  fake: ['docker', 'lxc', 'qemu', 'kvm', 'fake'],
};

/** What is asked of a host for an image, each with the words for who must not learn of hosts. */
const QUESTIONS: readonly {
  readonly short: string;
  readonly refusal: (
    live: LiveHost,
    image: ServerImage,
    properties: Readonly<Record<string, string>>,
  ) => string | undefined;
}[] = [
  {
    short: "do not run the image's format",
    refusal: ({ driver }, image) =>
      FORMATS[driver]?.(image)
        ? undefined
        : `its driver ${driver} runs no image of container format ${image.containerFormat} and disk format ${image.diskFormat}`,
  },
  {
    short: "are not of the image's hypervisor type",
    refusal: ({ driver }, { hypervisorType }) =>
      hypervisorType === undefined || HYPERVISOR_TYPES[driver]?.includes(hypervisorType)
        ? undefined
        : `its driver is ${driver}, the image asks for the hypervisor type ${hypervisorType}`,
  },
  {
    short: "are not of the image's architecture",
    refusal({ architecture }, _, properties) {
      const wanted = properties['hw_architecture'] ?? properties['architecture'];
      return wanted === undefined || wanted === architecture
        ? undefined
        : `it is ${architecture}, the image is for ${wanted}`;
    },
  },
];

/** Why a host cannot run an image, as a sentence; undefined when it can. */
export function imageRefusal(
  live: LiveHost,
  image: ServerImage,
  imageProperties: Readonly<Record<string, string>>,
): string | undefined {
  for (const { refusal } of QUESTIONS) {
    const why = refusal(live, image, imageProperties);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** What the image asks for. All of them are asked always: no order makes a host run what it cannot. */
export const IMAGE_FILTERS: readonly Filter[] = QUESTIONS.map(({ short, refusal }) => ({
  name: 'ImagePropertiesFilter',
  short,
  always: true,
  why: ({ host }, { image, imageProperties }) => refusal(host.live!, image, imageProperties),
}));
