import {
  to = nks_access_entry.platform
  identity = {
    cluster_uuid = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
    principal    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
  }
}
