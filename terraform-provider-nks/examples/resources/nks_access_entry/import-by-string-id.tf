import {
  to = nks_access_entry.platform
  id = "demo,nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
}
