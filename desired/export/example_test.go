package export_test

import (
	"fmt"
	"log"
	"os"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
)

// Write the file for a cluster as it is. File.Read observes clusters.
func ExampleFile() {
	observed := []desired.Observed{{
		Spec: desired.Target{Name: "demo", Region: "KR"},
		Entries: []access.Entry{{
			Principal: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c",
			Grants:    access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{access.Edit.In("dev", "*-ns")}},
		}},
	}}
	file, _, err := export.File(observed)
	if err != nil {
		log.Fatal(err)
	}
	if err := export.WriteYAML(os.Stdout, file); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # yaml-language-server: $schema=https://raw.githubusercontent.com/nks-access/nks-access/main/desired/access.schema.json
	// version: 1
	// principals:
	//   user-2b141960: nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
	// clusters:
	//   demo: {region: KR}
	// access:
	//   - {principal: user-2b141960, clusters: [demo], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
}

// Make a file of the users of an old ConfigMap, and say what each can do before and after the switch.
func ExampleMigrate() {
	migration, err := export.Migrate([]byte(`
kind: ConfigMap
data:
  mapSubAccounts: |
    - subAccountIdNo: 2b141960-0000-0000-0000-246e9659184c
      groups: [system:masters, system:nodes]
`), desired.Target{Name: "prod"}, export.Account{Domain: "PUB", Number: "5000008"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(migration.File.Rules[0].Grants)
	fmt.Println(migration.Notes[0])
	for _, person := range migration.People {
		fmt.Println(person)
	}
	// Output:
	// NKSClusterAdminPolicy
	// nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c: the group "system:nodes" is not carried over; give a policy in its place, or add the group by hand
	// nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c: system:masters, system:nodes before the switch, NKSClusterAdminPolicy after it
	// the sub account that made the cluster: system:masters before the switch, nothing after it
	// the main account nrn:PUB:Account::5000008:Customer/static: system:masters before the switch, nothing after it
}
