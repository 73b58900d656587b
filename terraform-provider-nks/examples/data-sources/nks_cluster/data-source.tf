data "nks_cluster" "demo" {
  cluster = "demo"
}

output "endpoint" {
  value = data.nks_cluster.demo.endpoint
}
