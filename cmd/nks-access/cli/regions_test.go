package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// regionPaths are the regions of the public environment, by the path of their base URLs.
var regionPaths = map[string]string{"/vnks/v2": "KR", "/vnks/sgn-v2": "SGN", "/vnks/jpn-v2": "JPN"}

// newRegions starts a gateway in front of an emulator that serves each region with its own clusters, as
// the provider's does. A region that is denied refuses each request.
func newRegions(behind *emulator.Server, denied string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base, path, _ := strings.Cut(r.URL.Path, "/clusters")
		region := regionPaths[base]
		if region == denied {
			http.Error(w, `{"error": {"errorCode": "210", "message": "Permission Denied"}}`, http.StatusForbidden)
			return
		}
		response := httptest.NewRecorder()
		behind.ServeHTTP(response, r)
		body := response.Body.Bytes()
		if path == "" {
			body = onlyOf(region, body)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(response.Code)
		_, _ = w.Write(body)
	}))
}

// onlyOf returns a list of clusters with those of one region.
func onlyOf(region string, list []byte) []byte {
	var all nks.ClusterList
	if err := json.Unmarshal(list, &all); err != nil {
		return list
	}
	here := []nks.Cluster{}
	for _, cluster := range all.Clusters {
		if cluster.RegionCode == region {
			here = append(here, cluster)
		}
	}
	all.Clusters = here
	filtered, err := json.Marshal(all)
	if err != nil {
		return list
	}
	return filtered
}
