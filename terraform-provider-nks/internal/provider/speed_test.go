package provider_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/nks-access/nks-access/terraform-provider-nks/internal/provider"
)

// attach makes Terraform use a provider of this process, whose lists live longer than the test.
func (s *session) attach(t *testing.T) {
	t.Helper()
	s.attachProvider(t, "registry.terraform.io/nks-access/nks", provider.NewPatient())
}

// attachProvider makes Terraform use a provider of this process for the address.
func (s *session) attachProvider(t *testing.T, address string, attached frameworkprovider.Provider) {
	t.Helper()
	configs, closed, ended := make(chan *plugin.ReattachConfig), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(attached)() },
			tf6server.WithDebug(t.Context(), configs, closed), tf6server.WithLoggingSink(t))
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-configs:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() { <-closed })
	reattach, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "TF_REATTACH_PROVIDERS="+string(reattach))
}

func TestPlanOfManyEntriesSharesLists(t *testing.T) {
	s := newService(t, clusters(10))
	setEnvironment(t, s)
	session := newSession(t, s, `resource "nks_access_entry" "many" {
		count     = 500
		cluster   = "cluster-${count.index % 10}"
		principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-${format("%012d", count.index)}"
		`+viewAll+`
	}`)
	session.attach(t)
	session.apply()
	s.taken()
	start := time.Now()
	session.settled()
	requests := s.taken()
	t.Logf("%d requests, %s", len(requests), time.Since(start).Round(time.Millisecond))
	if len(requests) > 20 {
		t.Errorf("the plan sent %d requests: %v", len(requests), requests)
	}
}

func TestChangesOfOneClusterWaitForEachOther(t *testing.T) {
	t.Parallel()
	options := seeded()
	options.Faults.Busy = 500 * time.Millisecond
	s := newService(t, options)
	session := newSession(t, s, several(11, `groups = ["a"]`))
	start := time.Now()
	session.apply()
	requests := s.taken()
	t.Logf("%d requests, %s", len(requests), time.Since(start).Round(time.Millisecond))
	if count(requests, "POST 200") != 11 || count(requests, "POST") != 11 {
		t.Errorf("the requests are %v", requests)
	}
	s.hasSeveral(t, 11, "a")
}
