data "nks_access_entries" "administrators" {
  cluster = "demo"
  policy  = "NKSClusterAdminPolicy"
}

output "administrators" {
  value = data.nks_access_entries.administrators.entries[*].principal
}
