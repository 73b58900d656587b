-- Every create is for another principal.
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
	n = n + 1
	return wrk.format(nil, nil, nil, '{"type":"USER","entry":"nrn:PUB:IAM::5000008:SubAccount/' .. n .. '","policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}')
end
