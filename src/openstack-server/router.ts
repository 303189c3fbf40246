/** Finds the handler of a request by method and path. */
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';

export type Handler = (call: Call) => ApiResponse;

/** By method and path below the root of the service: `GET /servers/:id`. A part with a colon is open. */
export type Routes = Readonly<Record<string, Handler>>;

export interface Found {
  readonly handler: Handler;
  /** What stands for the open parts, decoded. */
  readonly open: readonly string[];
}

/** @returns a function that answers undefined for what has no route. */
export function routerOf(routes: Routes): (method: string, path: string) => Found | undefined {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = '', pattern = ''] = route.split(' ');
    return { method, parts: partsOf(pattern), handler };
  });
  return (method, path) => {
    const asked = partsOf(path);
    for (const { method: wanted, parts, handler } of table) {
      if (wanted !== method || parts.length !== asked.length) continue;
      if (!parts.every((part, at) => part.startsWith(':') || part === asked[at])) continue;
      return { handler, open: asked.filter((_, at) => parts[at]?.startsWith(':')).map(decodeURIComponent) };
    }
    return undefined;
  };
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');
