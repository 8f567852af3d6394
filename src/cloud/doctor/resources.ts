import { fatal, gibibytes, ok, warning, type Check } from './check.ts';

const GIB = 2 ** 30;
/** No clock is right before this was written. */
const EARLIEST = Date.UTC(2026, 0, 1);
/** Files from further ahead than this mean that the clock was set back: tokens would be of the future. */
const AHEAD = 120_000;

/** Disk, memory, time. */
export const resources: readonly Check[] = [
  {
    id: 'disk',
    title: 'disk',
    judge({ disk, home }) {
      const found = `${gibibytes(disk.free)} of ${gibibytes(disk.total)} free for ${home}`;
      if (disk.free < 0.5 * GIB)
        return fatal(found, 'Make room: at least 0.5 GiB, or put OVENBIRD_HOME on another disk');
      return disk.free < 5 * GIB
        ? warning(found, 'Images and servers share it: make room before you need it')
        : ok(found);
    },
  },
  {
    id: 'memory',
    title: 'memory',
    judge({ memory, configuration }) {
      const found = `${gibibytes(memory.available)} of ${gibibytes(memory.total)} available`;
      if (memory.available < 0.5 * GIB && configuration === undefined)
        return fatal(
          found,
          'A cloud needs about 0.5 GiB before its first server: end something else',
        );
      return memory.available < GIB
        ? warning(found, 'Few servers will fit: end something else, or choose small flavors')
        : ok(found);
    },
  },
  {
    id: 'clock',
    title: 'clock',
    judge({ now, newestFile }) {
      const time = new Date(now).toISOString();
      if (now < EARLIEST)
        return fatal(`${time} cannot be`, 'Set the clock: tokens and certificates depend on it');
      return newestFile !== undefined && newestFile > now + AHEAD
        ? warning(
            `${time}, but this cloud has files from ${new Date(newestFile).toISOString()}: it was set back`,
            'Set the clock right; tokens made meanwhile are refused until their time comes',
          )
        : ok(time);
    },
  },
];
