data "nks_clusters" "all" {}

# The clusters where access entries decide who may enter.
output "clusters" {
  value = [for c in data.nks_clusters.all.clusters : c.name if c.auth_type == "API"]
}
