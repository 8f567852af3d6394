/** Seconds precision with `Z`: Neutron, Nova (`created`, `updated`), Heat, Glance. */
export function isoSeconds(time: Date): string {
  const milliseconds = time.getTime();
  const second = Math.floor(milliseconds / 1000);
  const minute = Math.floor(second / 60);
  // Objects that are listed together were often made together: the next time is in the same minute.
  if (minute !== lastMinute) {
    lastPrefix = time.toISOString().slice(0, 17);
    lastMinute = minute;
  }
  const seconds = second - minute * 60;
  return `${lastPrefix}${seconds < 10 ? '0' : ''}${seconds}Z`;
}
let lastMinute = Number.NaN;
let lastPrefix = '';

/** Microseconds with `Z`: Keystone's `issued_at` and `expires_at`. */
export const isoMicroseconds = (time: Date): string => time.toISOString().slice(0, 23) + '000Z';

/** Microseconds without zone: Nova's `OS-SRV-USG:launched_at` and `terminated_at`. */
export const isoMicrosecondsNaive = (time: Date): string => time.toISOString().slice(0, 23) + '000';

/** Resolves after the time given in milliseconds; rejects at once when the signal is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason ?? new Error('aborted'));
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
