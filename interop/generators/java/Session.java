import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AccessEntriesApi;
import org.openapitools.client.api.ClustersApi;
import org.openapitools.client.model.AccessEntry;
import org.openapitools.client.model.AccessPolicy;
import org.openapitools.client.model.AccessPolicyScope;
import org.openapitools.client.model.Cluster;
import org.openapitools.client.model.CreateAccessEntryRequest;
import org.openapitools.client.model.EntryType;
import org.openapitools.client.model.PolicyType;
import org.openapitools.client.model.UpdateAccessEntryRequest;

/**
 * The session of the Java client that OpenAPI Generator makes. If the environment has DEVIATION, the emulator deviates from the
 * contract, such as lists=null. Then a missing list and a missing message are fine.
 */
public class Session {
    static final UUID CLUSTER = UUID.fromString(System.getenv("NKS_CLUSTER"));
    static final UUID NOBODY = UUID.fromString("00000000-0000-4000-8000-000000000000");
    static final String PRINCIPAL = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4";

    static final boolean DEVIATES = System.getenv("DEVIATION") != null;

    /** Signs a request. The interceptor sees only its builder. */
    static void sign(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        URI uri = request.uri();
        String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        String timestamp = String.valueOf(System.currentTimeMillis());
        String accessKey = System.getenv("NCLOUD_ACCESS_KEY");
        String text = request.method() + " " + target + "\n" + timestamp + "\n" + accessKey;
        builder.header("x-ncp-apigw-timestamp", timestamp);
        builder.header("x-ncp-iam-access-key", accessKey);
        builder.header("x-ncp-apigw-signature-v2", hmac(System.getenv("NCLOUD_SECRET_KEY"), text));
    }

    static String hmac(String key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    static void check(boolean holds, Object seen) {
        if (!holds) throw new AssertionError(String.valueOf(seen));
    }

    /** Returns the entries of the principal. */
    static List<AccessEntry> find(AccessEntriesApi api) throws ApiException {
        List<AccessEntry> entries = api.listAccessEntries(CLUSTER).getAccessEntries();
        check(DEVIATES || entries != null, "no list");
        if (entries == null) return List.of();
        return entries.stream().filter(entry -> entry.getEntry().equals(PRINCIPAL)).toList();
    }

    public static void main(String[] args) throws ApiException {
        ApiClient client = new ApiClient();
        client.setRequestInterceptor(Session::sign);
        URI base = URI.create(System.getenv("NKS_BASE_URL"));
        client.setScheme(base.getScheme()).setHost(base.getHost()).setPort(base.getPort()).setBasePath(base.getPath());
        AccessEntriesApi api = new AccessEntriesApi(client);

        List<Cluster> clusters = new ClustersApi(client).listClusters().getClusters();
        check(clusters.get(0).getUuid().equals(CLUSTER.toString()) && clusters.get(0).getName() != null, clusters);

        AccessPolicy edit = new AccessPolicy()
            .type(PolicyType.NKSEDITPOLICY).scope(AccessPolicyScope.NAMESPACE).namespaces(List.of("dev"));
        AccessPolicy view = new AccessPolicy().type(PolicyType.NKSVIEWPOLICY).scope(AccessPolicyScope.CLUSTER);
        CreateAccessEntryRequest create = new CreateAccessEntryRequest().type(EntryType.ROLE).entry(PRINCIPAL).policies(List.of(edit));
        check(api.createAccessEntry(CLUSTER, create).getUuid().equals(CLUSTER.toString()), "another cluster");

        List<AccessEntry> entries = find(api);
        check(entries.size() == 1, entries);
        UUID entry = UUID.fromString(entries.get(0).getUuid());
        api.updateAccessEntry(CLUSTER, entry, new UpdateAccessEntryRequest().groups(List.of("developers")).policies(List.of(view)));
        AccessEntry updated = api.getAccessEntry(CLUSTER, entry).getAccessEntry();
        check(updated.getGroups().equals(List.of("developers")), updated);
        check(updated.getPolicies().get(0).getType().equals("NKSViewPolicy"), updated);

        api.deleteAccessEntry(CLUSTER, entry);
        check(find(api).isEmpty(), "the entry is still listed");
        try {
            api.getAccessEntry(CLUSTER, NOBODY);
            throw new AssertionError("an entry that does not exist was found");
        } catch (ApiException error) {
            check(error.getCode() == 404, error);
            check(DEVIATES || error.getResponseBody().contains("message"), error);
        }
    }
}
