package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

// newExample returns a client of an emulator, in place of the real service.
func newExample(opts ...access.Option) (client *access.Client, stop func()) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		panic(err)
	}
	client, err = access.NewClient(append([]access.Option{
		access.WithBaseURL(server.BaseURL()),
		access.WithCredentials(server.Credentials()),
	}, opts...)...)
	if err != nil {
		panic(err)
	}
	return client, server.Close
}

func Example() {
	client, stop := newExample()
	defer stop()
	ctx := context.Background()
	cluster, err := client.Cluster(ctx, "demo")
	if err != nil {
		panic(err)
	}
	principal, err := access.ParseNRN("nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4")
	if err != nil {
		panic(err)
	}
	entry, created, err := client.Ensure(ctx, cluster.UUID, access.NewEntry{
		Principal: principal,
		Grants:    access.Grants{Policies: []access.Policy{access.Edit.In("dev")}},
	})
	if err != nil {
		panic(err)
	}
	change, err := client.Grant(ctx, cluster.UUID, entry.UUID, access.Grants{Groups: []string{"developers"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(created, change.After.Grants)
	// Output: true NKSEditPolicy@dev, group developers
}

func ExampleClient_Create() {
	client, stop := newExample()
	defer stop()
	ctx := context.Background()
	entry := access.NewEntry{Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"}
	if _, err := client.Create(ctx, emulator.DemoClusterUUID, entry); err != nil {
		panic(err)
	}
	_, err := client.Create(ctx, emulator.DemoClusterUUID, entry)
	fmt.Println(errors.Is(err, access.ErrExists))
	// Output: true
}

func ExampleClient_Delete() {
	client, stop := newExample()
	defer stop()
	ctx := context.Background()
	admin, err := client.Create(ctx, emulator.DemoClusterUUID, access.NewEntry{
		Principal: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c",
		Grants:    access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}},
	})
	if err != nil {
		panic(err)
	}
	err = client.Delete(ctx, emulator.DemoClusterUUID, admin.UUID)
	fmt.Println(errors.Is(err, access.ErrNoAdmin))
	err = client.Delete(ctx, emulator.DemoClusterUUID, admin.UUID, access.AllowNoAdmin())
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// What somebody else changed meanwhile is not overwritten.
func ExampleIfSame() {
	client, stop := newExample()
	defer stop()
	ctx := context.Background()
	read, err := client.Create(ctx, emulator.DemoClusterUUID, access.NewEntry{
		Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
	})
	if err != nil {
		panic(err)
	}
	_, err = client.Grant(ctx, emulator.DemoClusterUUID, read.UUID, access.Grants{Groups: []string{"night-shift"}})
	if err != nil {
		panic(err)
	}
	err = client.Update(ctx, emulator.DemoClusterUUID, read.UUID, access.Grants{Groups: []string{"developers"}}, access.IfSame(read))
	fmt.Println(errors.Is(err, access.ErrConflict))
	// Output: true
}

func ExampleError() {
	client, stop := newExample()
	defer stop()
	_, err := client.Get(context.Background(), emulator.DemoClusterUUID, "11111111-0000-4000-8000-000000000000")
	var failed *access.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Status, errors.Is(err, access.ErrNotFound))
	}
	// Output: 404 true
}

func ExampleValidationError() {
	grants := access.Grants{Policies: []access.Policy{access.Edit.In("dev", "Team_A")}}
	var invalid *access.ValidationError
	if errors.As(grants.Validate(), &invalid) {
		fmt.Println(invalid.Problems[0].Path)
	}
	// Output: policies[0].namespaces[1]
}

func ExampleWithRetry() {
	client, stop := newExample(access.WithRetry(access.Retry{MaxTries: 3, TryTimeout: 10 * time.Second}))
	defer stop()
	clusters, err := client.Clusters(context.Background())
	fmt.Println(len(clusters), err)
	// Output: 1 <nil>
}

// A dry run looks at the requests that would change something.
func ExampleWithBeforeSend() {
	errDryRun := errors.New("dry run")
	client, stop := newExample(access.WithBeforeSend(func(req *http.Request) error {
		if req.Method == http.MethodGet {
			return nil
		}
		fmt.Println("would send", req.Method)
		return errDryRun
	}))
	defer stop()
	_, err := client.Create(context.Background(), emulator.DemoClusterUUID, access.NewEntry{
		Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
	})
	fmt.Println(errors.Is(err, errDryRun))
	// Output:
	// would send POST
	// true
}
