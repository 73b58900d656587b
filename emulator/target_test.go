package emulator_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// A signature for one path must not let in a request line that makes the server execute another.
func TestSignatureOfAnotherPathIsRefused(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for uri, mistake := range map[string]string{
		"x:" + entries + "?x=://h/harmless":       "The request line has no clear target",
		"http:" + entries + "?x=://h/harmless":    "The request line has no clear target",
		"x:" + entries + "/://h/harmless":         "The request line has no clear target",
		"//h" + entries + "?x=://h/harmless":      "The string to sign is",
		"http://h" + entries + "?x=://h/harmless": "The string to sign is",
	} {
		signed, err := http.NewRequest("POST", server.URL+"/harmless", nil)
		if err != nil {
			t.Fatal(err)
		}
		s := signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey))
		if err := s.Sign(t.Context(), signed); err != nil {
			t.Fatal(err)
		}
		body := `{"type":"USER","entry":"` + user + `","groups":["system:masters"]}`
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", uri, len(body))
		_ = signed.Header.Write(conn)
		_, _ = io.WriteString(conn, "\r\n"+body)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", uri, err)
		}
		answer, _ := io.ReadAll(resp.Body)
		_ = conn.Close()
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(string(answer), mistake) {
			t.Errorf("%s: %s\n%s", uri, resp.Status, answer)
		}
		list, err := http.Get(server.URL + "/_emulator/state")
		if err != nil {
			t.Fatal(err)
		}
		state, _ := io.ReadAll(list.Body)
		_ = list.Body.Close()
		if list.StatusCode != http.StatusOK || !strings.Contains(string(state), `"total":0`) {
			t.Errorf("%s: the state is %s", uri, state)
		}
	}
}
