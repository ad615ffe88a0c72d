// Stands in for `wasi:http/client` on jco with WASI 0.3, and leads requests for Salesforce
// to `sfbox emulate --no-tls`, at the address in SFBOX_DETOUR. On other hosts the component
// `sfbox-detour` is composed in; jco confuses the resources of composed components.

import { client as direct } from '@bytecodealliance/preview3-shim/http';

const address = process.env.SFBOX_DETOUR;

const SALESFORCE = /\.(salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)(:\d+)?$/i;

export const client = {
  send(request) {
    if (SALESFORCE.test(request.getAuthority() ?? '')) {
      // Salesforce itself is never asked because a variable was forgotten.
      if (!address) throw { tag: 'destination-not-found' };
      request.setScheme({ tag: 'HTTP' });
      request.setAuthority(address);
    }
    return direct.send(request);
  },
};
