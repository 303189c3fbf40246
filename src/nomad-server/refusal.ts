/** A request that is not carried out: the HTTP status and the text that a Nomad client expects, word for word. */
import { AutoscalerError } from '../lib/error.ts';

export class Refusal extends AutoscalerError {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
    super('refused', text, { blame: 'usage' });
    this.status = status;
    this.headers = headers;
  }
}
