data "nks_principal" "deployer" {
  role_name = "deployer"
}

data "nks_principal" "kim" {
  login_id = "kim@corp"
}

resource "nks_access_entry" "deployer" {
  cluster   = "demo"
  principal = data.nks_principal.deployer.nrn
  policies  = [{ type = "NKSClusterAdminPolicy" }]
}

resource "nks_access_entry" "kim" {
  cluster   = "demo"
  principal = data.nks_principal.kim.nrn
  policies  = [{ type = "NKSEditPolicy", namespaces = ["dev"] }]
}
