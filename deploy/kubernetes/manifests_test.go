// Package kubernetes holds manifests that run nks-access in a cluster. The test decodes them
// strictly.
package kubernetes_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
)

// Every manifest is an object of the Kubernetes API, without a field that the API does not have.
func TestManifestsDecodeStrictly(t *testing.T) {
	seen := map[string]int{}
	for kind, object := range manifests(t) {
		seen[strings.Split(kind, " ")[0]]++
		if object == nil {
			t.Errorf("%s is of a kind that the test does not know", kind)
		}
	}
	for kind, want := range map[string]int{"CronJob": 2, "Namespace": 1, "ServiceAccount": 1, "NetworkPolicy": 1} {
		if seen[kind] != want {
			t.Errorf("%d objects of kind %s, want %d", seen[kind], kind, want)
		}
	}
}

// The pods may do nothing in the cluster, and their commands are commands of nks-access.
func TestCronJobs(t *testing.T) {
	for kind, object := range manifests(t) {
		job, ok := object.(*batchv1.CronJob)
		if !ok {
			continue
		}
		spec := job.Spec.JobTemplate.Spec
		pod := spec.Template.Spec
		if job.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
			t.Errorf("%s: two runs at a time", kind)
		}
		if spec.CompletionMode == nil || *spec.CompletionMode != batchv1.IndexedCompletion || spec.Completions == nil {
			t.Fatalf("%s is not an Indexed Job", kind)
		}
		if spec.BackoffLimitPerIndex == nil {
			t.Errorf("%s: a share that fails stops the others", kind)
		}
		if policy := spec.PodFailurePolicy; policy != nil && slices.ContainsFunc(policy.Rules, func(r batchv1.PodFailurePolicyRule) bool {
			return r.Action == batchv1.PodFailurePolicyActionFailJob
		}) {
			t.Errorf("%s: drift in one share stops the others", kind)
		}
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: the pod has a token of the cluster", kind)
		}
		if c := pod.SecurityContext; c == nil || c.RunAsNonRoot == nil || !*c.RunAsNonRoot || c.SeccompProfile == nil || c.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: the security context of the pod is %+v", kind, c)
		}
		for _, container := range pod.Containers {
			c := container.SecurityContext
			if c == nil || *c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || !slices.Equal(c.Capabilities.Drop, []corev1.Capability{"ALL"}) {
				t.Errorf("%s: the security context of the container is %+v", kind, c)
			}
			shard := fmt.Sprintf("--shard=$(JOB_COMPLETION_INDEX)/%d", *spec.Completions)
			if !slices.Contains(container.Args, shard) {
				t.Errorf("%s: %q is not in %q", kind, shard, container.Args)
			}
			command, flags, err := cli.Root().Find(container.Args)
			if err == nil {
				err = command.ParseFlags(flags)
			}
			if err != nil || command.Name() != container.Args[0] {
				t.Errorf("%s: nks-access %s: %v", kind, strings.Join(container.Args, " "), err)
			}
		}
	}
}

// manifests decodes all objects in this folder, by kind and name.
func manifests(t *testing.T) map[string]any {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(data)))
		for {
			document := make([]byte, len(data)+1)
			n, err := documents.Read(document)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var head struct {
				APIVersion, Kind string
				Metadata         struct{ Name string }
			}
			if err := strict.Unmarshal(document[:n], &head); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var object any
			switch head.APIVersion + " " + head.Kind {
			case "batch/v1 CronJob":
				object = &batchv1.CronJob{}
			case "v1 Namespace":
				object = &corev1.Namespace{}
			case "v1 ServiceAccount":
				object = &corev1.ServiceAccount{}
			case "networking.k8s.io/v1 NetworkPolicy":
				object = &networkingv1.NetworkPolicy{}
			}
			if object != nil {
				if err := strict.UnmarshalStrict(document[:n], object); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
			objects[head.Kind+" "+head.Metadata.Name] = object
		}
	}
	return objects
}
