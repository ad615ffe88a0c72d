// Stands in for `wasi:http/client`, and sends each request on to the emulator. Not
// composed in, as for other hosts: jco confuses the resources of composed components.

import { client as direct } from '@bytecodealliance/preview3-shim/http';

export const client = {
  send(request) {
    request.setScheme({ tag: 'HTTP' });
    request.setAuthority(process.env.SFBOX_DETOUR);
    return direct.send(request);
  },
};
