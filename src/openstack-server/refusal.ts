/** A request that is not carried out, and how each service says so. */
import { AutoscalerError } from '../lib/error.ts';
import { type ApiResponse, jsonReply, type Service } from './http.ts';

export class Refusal extends AutoscalerError {
  override readonly name = 'Refusal';
  readonly status: number;
  /** Neutron's name of the kind of error. */
  readonly type: string;

  constructor(status: number, text: string, type = '') {
    super('refused', text, { blame: 'usage' });
    this.status = status;
    this.type = type;
  }
}

/** What each service says who is not logged in. */
export const unauthorizedText = 'The request you have made requires authentication.';

/** Nova's names of the statuses. */
const novaNames: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  429: 'overLimit',
  503: 'serviceUnavailable',
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export const titleOf = (status: number): string => titles[status] ?? 'Error';

/**
 * The answer to a refused request, in the form of its service. What Glance refuses it says in a page; a 401 is answered by the
 * middleware of Keystone before any other service.
 */
export function refused(service: Service, { status, message, type }: Refusal): ApiResponse {
  if (service === 'image') return errorPage(status, message);
  if (service === 'identity' || status === 401) {
    return jsonReply({ error: { code: status, message, title: titleOf(status) } }, status);
  }
  if (service === 'compute') {
    return jsonReply({ [novaNames[status] ?? 'computeFault']: { code: status, message } }, status);
  }
  if (service === 'network') return jsonReply({ NeutronError: { type, message, detail: '' } }, status);
  const faultcode = status < 500 ? 'Client' : 'Server';
  return jsonReply({ faultcode, faultstring: message, debuginfo: null }, status);
}

/** A page, as Glance writes its refusals, and as a web server tells of a service that is not there. */
export function errorPage(status: number, text = ''): ApiResponse {
  const title = `${status} ${titleOf(status)}`;
  const body = `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${text}<br /><br />\n </body>\n</html>`;
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body };
}
