/** Amounts of bytes as Nomad's command line writes them: `1.5 MiB`, `448 KiB`, `20 GiB`. */

const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Below ten of a unit with one decimal. */
export function bytesText(bytes: number): string {
  if (bytes < 10) return `${Math.round(bytes)} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), names.length - 1);
  const amount = Math.floor((bytes / 1024 ** power) * 10 + 0.5) / 10;
  return `${amount < 10 ? amount.toFixed(1) : Math.floor(amount + 0.5)} ${names[power]}`;
}

export const mbText = (mb: number): string => bytesText(mb * 1024 * 1024);
