/** Time stamps of log lines. All that changes once a second is made once a second. */

/**
 * @param form  `text`: `2026-07-01T09:00:00.123Z` or `…+0200`; `json`: `2026-07-01T09:00:00.123000Z` or `…+02:00`.
 * @returns     a function from epoch milliseconds to a time stamp in the local zone.
 */
export function logTimes(form: 'text' | 'json'): (at: number) => string {
  let second = Number.NaN;
  let upToSeconds = '';
  let afterMillis = '';
  return (at) => {
    const thisSecond = Math.floor(at / 1000);
    if (thisSecond !== second) {
      second = thisSecond;
      upToSeconds = `${localSeconds(at)}.`;
      afterMillis = form === 'json' ? `000${zone(at, ':')}` : zone(at, '');
    }
    return upToSeconds + pad(Math.floor(at) - thisSecond * 1000, 3) + afterMillis;
  };
}

function localSeconds(at: number): string {
  const date = new Date(at);
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;
  return `${day}T${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}`;
}

function zone(at: number, between: string): string {
  const eastMinutes = -new Date(at).getTimezoneOffset();
  if (eastMinutes === 0) return 'Z';
  const minutes = Math.abs(eastMinutes);
  return `${eastMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${between}${pad(minutes % 60, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
