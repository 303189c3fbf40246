/** So many numbers there are for questions and confirmations of a stream; then they begin again. */
export const numbers = 2 ** 32;
