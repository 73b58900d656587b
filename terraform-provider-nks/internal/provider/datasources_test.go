package provider_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
)

func mustRead(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	s.grant(t, user, []string{"b", "a"}, access.Edit.In("dev"))
	s.grant(t, role, nil, view)
	session := newSession(t, s, `
		data "nks_clusters" "all" {}
		data "nks_cluster" "demo" {
			cluster = "demo"
		}
		data "nks_access_entries" "all" {
			cluster = data.nks_cluster.demo.uuid
		}
		data "nks_access_entries" "user" {
			cluster   = "demo"
			principal = "`+user+`"
		}
		data "nks_access_entries" "admins" {
			cluster = "demo"
			policy  = "NKSClusterAdminPolicy"
		}
		data "nks_access_entries" "nobody" {
			cluster   = "demo"
			principal = "`+user+`"
			policy    = "NKSClusterAdminPolicy"
		}
		output "groups" {
			value = flatten([for e in data.nks_access_entries.all.entries : tolist(e.groups)])
		}`)
	session.apply()
	demo := map[string]any{
		"uuid": cluster, "name": "demo", "status": "RUNNING", "auth_type": "API", "region_code": "KR", "k8s_version": "1.33.4",
		"endpoint": "https://kubernetes.example.com",
	}
	listed := func(principal, kind string, groups, policies []any) map[string]any {
		return map[string]any{
			"id": s.entries(t, cluster)[principal].UUID, "principal": principal, "type": kind, "username": nil, "groups": groups, "policies": policies,
		}
	}
	ofAdmin := listed(admin, "ROLE", []any{}, []any{map[string]any{"type": "NKSClusterAdminPolicy", "namespaces": nil}})
	ofRole := listed(role, "ROLE", []any{}, []any{map[string]any{"type": "NKSViewPolicy", "namespaces": nil}})
	ofUser := listed(user, "USER", []any{"a", "b"}, []any{map[string]any{"type": "NKSEditPolicy", "namespaces": []any{"dev"}}})
	for address, want := range map[string]any{
		"data.nks_clusters.all":          []any{demo},
		"data.nks_access_entries.all":    []any{ofAdmin, ofRole, ofUser},
		"data.nks_access_entries.user":   []any{ofUser},
		"data.nks_access_entries.admins": []any{ofAdmin},
		"data.nks_access_entries.nobody": []any{},
	} {
		got := session.attributes(address)
		values, ok := got["entries"]
		if !ok {
			values = got["clusters"]
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
	demo["cluster"] = "demo"
	if diff := cmp.Diff(demo, session.attributes("data.nks_cluster.demo")); diff != "" {
		t.Errorf("data.nks_cluster.demo: %s", diff)
	}

	session.configure(`data "nks_access_entries" "x" {
		cluster   = "dome"
	}
	data "nks_access_entries" "y" {
		cluster   = "demo"
		principal = "me"
	}
	data "nks_access_entries" "z" {
		cluster = "demo"
		policy  = "ViewPolicy"
	}`)
	session.fails("Cannot find the cluster", "the clusters are", "must be an NRN", "did you mean NKSViewPolicy?")
}
