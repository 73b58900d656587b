terraform {
  required_providers {
    nks = {
      source = "nks-access/nks"
    }
  }
}

# Keys come from the environment, the profile or the server role, never from the configuration.
provider "nks" {
  region = "KR"
}
