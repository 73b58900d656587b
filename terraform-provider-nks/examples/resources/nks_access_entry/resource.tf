# A role administers the cluster.
resource "nks_access_entry" "platform" {
  cluster   = "demo"
  principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
  policies  = [{ type = "NKSClusterAdminPolicy" }]
}

# A sub account reads everything, writes in some namespaces, and is in a Kubernetes group.
resource "nks_access_entry" "backend" {
  cluster   = "demo"
  principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
  groups    = ["developers"]
  policies = [
    { type = "NKSViewPolicy" },
    { type = "NKSEditPolicy", namespaces = ["dev", "*-ns"] },
  ]
}
