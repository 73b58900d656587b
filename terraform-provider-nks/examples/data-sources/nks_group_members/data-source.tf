data "nks_group_members" "backend" {
  group = "backend"
}

# An entry for each member.
resource "nks_access_entry" "backend" {
  for_each = { for member in data.nks_group_members.backend.members : member.login_id => member }

  cluster   = "demo"
  principal = each.value.nrn
  policies  = [{ type = "NKSViewPolicy" }]
}
