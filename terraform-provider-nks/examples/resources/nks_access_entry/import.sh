# CLUSTER,NRN: the cluster by name or UUID, a comma, and the NRN of the principal.
terraform import nks_access_entry.platform 'demo,nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4'
