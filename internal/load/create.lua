-- A principal of its own for every request; the signature does not cover the body.
local n = 0
function request()
  n = n + 1
  return wrk.format("POST", nil, nil, '{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/' .. n ..
    '","groups":["dev"],"policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev","*-ns"]}]}')
end
