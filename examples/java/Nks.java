// Manages access entries, with JDK 17 alone. USAGE says what main does.
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.*;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Nks {
    static final String USAGE = """
        usage: java Nks.java NRN

        Shows the life of one access entry:

        - creates the entry of NRN on the cluster NKS_CLUSTER, with NKSViewPolicy for the whole cluster
        - replaces that by the group developers, and NKSEditPolicy for the namespace dev
        - deletes the entry, also if a step before has failed

        If NRN has an entry already, it changes nothing. It needs these environment variables:

          NCLOUD_API_GW      the emulator, or https://ncloud.apigw.ntruss.com for the real service
          NCLOUD_ACCESS_KEY  the access key
          NCLOUD_SECRET_KEY  the secret key
          NKS_CLUSTER        the UUID of the cluster
          NCLOUD_REGION      optional: the region, such as SGN
        """;

    /** An error response. Code and message may be empty. Details are null, text, or what the service sends as JSON. */
    static class NksException extends IOException {
        final int status;
        final String code;
        final Object details;

        NksException(int status, String code, String message, Object details) {
            super(text(status, code, message, details));
            this.status = status;
            this.code = code;
            this.details = details;
        }

        private static String text(int status, String code, String message, Object details) {
            String text = status + " " + message;
            if (!code.isEmpty()) text += " (code " + code + ")";
            if (details != null) text += ": " + details;
            return text;
        }
    }

    /** 404: no such cluster or entry. */
    static class NotFound extends NksException {
        NotFound(String code, String message, Object details) {
            super(404, code, message, details);
        }
    }

    private static final int MAX_BYTES = 10 << 20; // of a response
    private static final Duration READY_WITHIN = Duration.ofMinutes(10);

    private final String baseUrl;
    private final String accessKey;
    private final String secretKey;
    private final HttpClient http; // it follows no redirects, which would take the signature along

    Nks(String baseUrl, String accessKey, String secretKey) {
        URI uri = URI.create(baseUrl);
        boolean loopback = List.of("localhost", "127.0.0.1", "[::1]").contains(String.valueOf(uri.getHost()));
        if (!"https".equals(uri.getScheme()) && !loopback) // the signature does not cover the body
            throw new IllegalArgumentException("the base URL is neither https nor on this machine");
        this.baseUrl = baseUrl.replaceAll("/$", "");
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        var builder = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER);
        http = (loopback ? builder.proxy(HttpClient.Builder.NO_PROXY) : builder).build();
    }

    // The path of the API in each region.
    private static final Map<String, String> PATHS =
        Map.of("KR", "/vnks/v2", "SGN", "/vnks/sgn-v2", "JPN", "/vnks/jpn-v2", "KRS", "/vnks/krs-v2", "FKR", "/nks/v2");
    private static final Pattern VERSION = Pattern.compile("/(?:[a-z]+-)?(v[0-9]+)$");

    /** Returns the base URL for the values of NCLOUD_API_GW and NCLOUD_REGION. Region may be empty. */
    static String baseUrl(String gateway, String region) {
        String host = host(gateway);
        String defaultRegion = host.endsWith(".fin-ntruss.com") ? "FKR" : "KR";
        String path = PATHS.get(region.isEmpty() ? defaultRegion : region.toUpperCase(Locale.ROOT));
        if (path == null)
            throw new IllegalArgumentException("NCLOUD_REGION must be one of " + new TreeSet<>(PATHS.keySet()) + ", not " + region);
        String url = gateway.replaceAll("/+$", "").replaceAll("^https://(fin-)?ncloud[.]", "https://nks.");
        Matcher version = VERSION.matcher(url);
        if (!version.find()) return url + path;
        if (!version.group(1).equals("v2"))
            throw new IllegalArgumentException("NCLOUD_API_GW ends in " + version.group(1) + ", but this program uses version 2 of the API");
        if (!region.isEmpty() && !url.endsWith(path))
            throw new IllegalArgumentException("NCLOUD_REGION is " + region + ", but NCLOUD_API_GW is the base URL of another region");
        return url;
    }

    private static String host(String gateway) {
        try {
            URI uri = new URI(gateway);
            boolean http = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null)
                return uri.getHost();
        } catch (URISyntaxException notShown) { // it may hold a password
        }
        throw new IllegalArgumentException(
            "NCLOUD_API_GW must be such as https://ncloud.apigw.ntruss.com, without user name, query and fragment");
    }

    /** Returns the string to sign. Target is the path and query exactly as they are sent. */
    static String stringToSign(String method, String target, String timestamp, String accessKey) {
        return method + " " + target + "\n" + timestamp + "\n" + accessKey;
    }

    static String signature(String secretKey, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Sends a signed request and returns the decoded response. An error response is an NksException. */
    Map<?, ?> call(String method, String path, String body) throws Exception {
        URI uri = URI.create(baseUrl + path);
        String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        String timestamp = Long.toString(System.currentTimeMillis());
        var sent = body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .header("x-ncp-apigw-timestamp", timestamp)
            .header("x-ncp-iam-access-key", accessKey)
            .header("x-ncp-apigw-signature-v2", signature(secretKey, stringToSign(method, target, timestamp, accessKey)))
            .method(method, sent).build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        String text;
        try (var stream = response.body()) {
            text = new String(stream.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        }
        if (response.statusCode() / 100 != 2) throw failure(response.statusCode(), text);
        return object(text);
    }

    /** Returns the error for a response. Its body may be JSON, XML, HTML from a proxy, or empty. */
    static NksException failure(int status, String body) {
        Map<?, ?> error = object(body).get("error") instanceof Map<?, ?> map ? map : Map.of();
        String code = Objects.toString(error.get("errorCode"), "");
        String message = Objects.toString(error.get("message"), "no message");
        Object details = error.get("details");
        return status == 404 ? new NotFound(code, message, details) : new NksException(status, code, message, details);
    }

    /** Returns the object in a body, which is empty if the body is something else. */
    private static Map<?, ?> object(String body) {
        try {
            return json(body) instanceof Map<?, ?> map ? map : Map.of();
        } catch (RuntimeException notJson) {
            return Map.of();
        }
    }

    private String entries(String cluster) {
        return "/clusters/" + cluster + "/access-entries";
    }

    /** Waits until the cluster accepts a change. After a change it is WORKING for a while. */
    void waitReady(String cluster) throws Exception {
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        while (true) {
            Object status = call("GET", "/clusters/" + cluster, null).get("cluster") instanceof Map<?, ?> map ? map.get("status") : null;
            if ("RUNNING".equals(status) || "NO_NODE".equals(status)) return;
            if (System.nanoTime() >= end) throw new IOException("the cluster is still " + status + " after ten minutes");
            Thread.sleep(1000);
        }
    }

    List<?> list(String cluster) throws Exception {
        return call("GET", entries(cluster), null).get("accessEntries") instanceof List<?> list ? list : List.of();
    }

    /** Returns the UUID of a principal's entry, or null. A create does not return it. */
    String find(String cluster, String principal) throws Exception {
        for (Object entry : list(cluster))
            if (entry instanceof Map<?, ?> map && principal.equals(map.get("entry"))) return (String) map.get("uuid");
        return null;
    }

    Map<?, ?> get(String cluster, String entry) throws Exception {
        return (Map<?, ?>) call("GET", entries(cluster) + "/" + entry, null).get("accessEntry");
    }

    void create(String cluster, String json) throws Exception {
        call("POST", entries(cluster), json);
    }

    /** Replaces both lists. No source says what leaving one out does. */
    void update(String cluster, String entry, String json) throws Exception {
        call("PUT", entries(cluster) + "/" + entry, json);
    }

    void delete(String cluster, String entry) throws Exception {
        call("DELETE", entries(cluster) + "/" + entry, null);
    }

    /** Creates, updates and deletes the entry of a principal that has none. */
    void session(String cluster, String principal) throws Exception {
        String existing = find(cluster, principal);
        if (existing != null)
            throw new IOException(principal + " has the entry " + existing + " already. Nothing was changed.");
        waitReady(cluster);
        create(cluster, """
            {"type": "%s", "entry": "%s", "policies": [{"type": "NKSViewPolicy", "scope": "cluster"}]}
            """.formatted(principal.contains(":Role/") ? "ROLE" : "USER", principal));
        String entry = find(cluster, principal);
        if (entry == null) throw new IOException("the entry of " + principal + " is not in the list after its creation");
        System.out.println("created " + entry);
        try {
            waitReady(cluster);
            update(cluster, entry, """
                {"groups": ["developers"], "policies": [{"type": "NKSEditPolicy", "scope": "namespace", "namespaces": ["dev"]}]}
                """);
            System.out.println("updated " + get(cluster, entry));
        } finally {
            waitReady(cluster);
            delete(cluster, entry);
            System.out.println("deleted " + entry);
        }
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        var missing = new ArrayList<String>();
        for (String name : List.of("NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"))
            if (env.getOrDefault(name, "").isEmpty()) missing.add(name);
        boolean hasNrn = args.length == 1 && args[0].matches("[-A-Za-z0-9_:./=]{1,128}");
        if (!hasNrn || !missing.isEmpty()) {
            System.err.println(USAGE);
            if (!missing.isEmpty()) System.err.println("Nks: not set: " + String.join(", ", missing));
            System.exit(2);
        }
        try {
            String url = baseUrl(env.get("NCLOUD_API_GW"), env.getOrDefault("NCLOUD_REGION", ""));
            new Nks(url, env.get("NCLOUD_ACCESS_KEY"), env.get("NCLOUD_SECRET_KEY")).session(env.get("NKS_CLUSTER"), args[0]);
        } catch (IOException | IllegalArgumentException error) {
            System.err.println("Nks: " + error.getMessage());
            System.exit(1);
        }
    }

    private static final Pattern TOKEN = Pattern.compile("[{}\\[\\],:]|\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s{}\\[\\],:\"]+");

    /** Reads JSON, which the JDK cannot: objects become maps, arrays lists, null is null, all else text. */
    static Object json(String text) {
        return json(new ArrayDeque<>(TOKEN.matcher(text).results().map(MatchResult::group).toList()), 0);
    }

    private static Object json(Deque<String> tokens, int depth) {
        if (depth > 100) throw new IllegalArgumentException("nested too deeply");
        String token = tokens.remove();
        if (token.equals("{")) {
            Map<Object, Object> map = new LinkedHashMap<>();
            while (!skip(tokens, "}")) {
                Object key = json(tokens, depth + 1);
                skip(tokens, ":");
                map.put(key, json(tokens, depth + 1));
                skip(tokens, ",");
            }
            return map;
        }
        if (token.equals("[")) {
            List<Object> list = new ArrayList<>();
            while (!skip(tokens, "]")) {
                list.add(json(tokens, depth + 1));
                skip(tokens, ",");
            }
            return list;
        }
        if (token.equals("null")) return null;
        if (!token.startsWith("\"")) return token;
        String inner = token.substring(1, token.length() - 1).replace("\\/", "/");
        String unicode = Pattern.compile("\\\\u(....)").matcher(inner)
            .replaceAll(m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
        return unicode.translateEscapes();
    }

    private static boolean skip(Deque<String> tokens, String token) {
        if (!tokens.element().equals(token)) return false;
        tokens.remove();
        return true;
    }
}
