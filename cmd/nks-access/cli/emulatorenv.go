package cli

import "github.com/nks-access/nks-access/emulator"

// overridingVariables would take precedence over those of emulatorVariables.
var overridingVariables = []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_REGION"}

// emulatorVariables returns the environment variables that point commands at the emulator, and at
// its first key and cluster.
func emulatorVariables(server *emulator.Server, options emulator.Options) map[string]string {
	variables := map[string]string{
		"NCLOUD_API_GW":     server.URL,
		"NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey,
		"NKS_CLUSTER":       emulator.DemoClusterUUID,
	}
	if len(options.Keys) > 0 {
		variables["NCLOUD_ACCESS_KEY"] = options.Keys[0].AccessKey
		variables["NCLOUD_SECRET_KEY"] = options.Keys[0].SecretKey
	}
	if len(options.Clusters) > 0 {
		variables["NKS_CLUSTER"] = options.Clusters[0].UUID
	}
	return variables
}
