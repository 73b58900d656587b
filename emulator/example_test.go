package emulator_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func Example() {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		panic(err)
	}
	defer server.Close()

	sign := signer.New(server.Credentials())
	client, err := nks.NewClientWithResponses(server.BaseURL(), nks.WithRequestEditorFn(sign.Sign))
	if err != nil {
		panic(err)
	}
	resp, err := client.ListClustersWithResponse(context.Background())
	if err != nil {
		panic(err)
	}
	for _, cluster := range resp.JSON2XX.Clusters {
		fmt.Println(cluster.Name, cluster.UUID)
	}
	// Output: demo 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000
}

// Without a network, tests are faster, and work with a fake clock.
func ExampleEmulator_Transport() {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		panic(err)
	}
	sign := signer.New(e.Credentials())
	client, err := nks.NewClientWithResponses(e.BaseURL(),
		nks.WithRequestEditorFn(sign.Sign), nks.WithHTTPClient(&http.Client{Transport: e.Transport()}))
	if err != nil {
		panic(err)
	}
	resp, err := client.ListClustersWithResponse(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(resp.Status())
	// Output: 200 OK
}

// The first requests are refused, and then the service is well again.
func ExampleEmulator_SetFaults() {
	e, err := emulator.New(emulator.Options{
		Faults: emulator.Faults{Fail: emulator.Failure{Status: http.StatusServiceUnavailable, Probability: 1}},
	})
	if err != nil {
		panic(err)
	}
	sign := signer.New(e.Credentials())
	client, err := nks.NewClientWithResponses(e.BaseURL(),
		nks.WithRequestEditorFn(sign.Sign), nks.WithHTTPClient(&http.Client{Transport: e.Transport()}))
	if err != nil {
		panic(err)
	}
	for range 2 {
		resp, err := client.ListClustersWithResponse(context.Background())
		if err != nil {
			panic(err)
		}
		fmt.Println(resp.Status())
		e.SetFaults(emulator.Faults{})
	}
	// Output:
	// 503 Service Unavailable
	// 200 OK
}

// The values of faults are those of flags.
func ExampleFaults_Set() {
	var faults emulator.Faults
	for name, value := range map[string]string{"busy": "2s", "fail": "503:0.05"} {
		if err := faults.Set(name, value); err != nil {
			panic(err)
		}
	}
	fmt.Println(faults.Busy, faults.Fail.Status, faults.Fail.Probability)
	fmt.Println(faults.Set("lose", "often"))
	// Output:
	// 2s 503 0.05
	// lose: want a number from 0 to 1, such as 0.05
}

// A test can check what the code under test has sent.
func ExampleOptions_onRequest() {
	e, err := emulator.New(emulator.Options{OnRequest: func(r emulator.Request) {
		fmt.Println(r.Number, r.Method, r.Operation, r.Status)
		if r.Diagnosis != nil {
			fmt.Println(r.Diagnosis.Findings[0].Mistake)
		}
	}})
	if err != nil {
		panic(err)
	}
	client := &http.Client{Transport: e.Transport()}
	resp, err := client.Get(e.BaseURL() + "/clusters") // not signed
	if err != nil {
		panic(err)
	}
	_ = resp.Body.Close()
	// Output:
	// 1 GET listClusters 401
	// missing-header
}
