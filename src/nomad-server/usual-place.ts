/** Where a Nomad agent listens that was told nothing else. In a file of its own: not everybody listens. */
export const usualPlace = { host: '127.0.0.1', port: 4646 } as const;
