// How the service may deviate from the contract: as faults of the emulator, and in words. Sources disagree on these, or say nothing.

export const deviations = {
  'create=201': '201 for a create',
  'delete=204': '204 for a delete',
  'delete=empty': 'a delete without a body',
  'lists=null': 'null for an empty list',
  'lists=absent': 'no field for an empty list',
  'scopes=lower': 'scopes in lower case',
  'unknown=on': 'unknown fields and policy types',
  'request-id=on': 'a request ID',
  'errors=xml': 'errors in XML',
  'errors=html': 'errors in HTML',
  'errors=empty': 'errors without a body',
};
