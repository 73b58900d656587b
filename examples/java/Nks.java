// Manages the access entry of one principal, with JDK 17 alone.
//
//   export NKS_BASE_URL=... NCLOUD_ACCESS_KEY=... NCLOUD_SECRET_KEY=... NKS_CLUSTER=...
//   java Nks.java NRN
import java.io.*;
import java.net.URI;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.*;
import java.util.regex.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Nks {
    /** An error response. Code may be empty. */
    static class NksException extends IOException {
        final int status;
        final String code;

        NksException(int status, String code, String message) {
            super(status + " " + message + (code.isEmpty() ? "" : " (code " + code + ")"));
            this.status = status;
            this.code = code;
        }
    }

    /** 404: no such cluster or entry. */
    static class NotFound extends NksException { NotFound(String code, String message) { super(404, code, message); } }

    private final String baseUrl, accessKey, secretKey;
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
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .header("x-ncp-apigw-timestamp", timestamp)
            .header("x-ncp-iam-access-key", accessKey)
            .header("x-ncp-apigw-signature-v2", signature(secretKey, stringToSign(method, target, timestamp, accessKey)))
            .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        Object json = null; // a body may be empty, XML, or HTML from a proxy
        try (var stream = response.body()) {
            json = json(new String(stream.readNBytes(10 << 20), StandardCharsets.UTF_8));
        } catch (RuntimeException notJson) { }
        Map<?, ?> object = json instanceof Map<?, ?> map ? map : Map.of();
        if (response.statusCode() / 100 == 2) return object;
        Map<?, ?> error = object.get("error") instanceof Map<?, ?> map ? map : Map.of();
        String code = Objects.toString(error.get("errorCode"), "");
        String message = Objects.toString(error.get("message"), "no message");
        throw response.statusCode() == 404 ? new NotFound(code, message) : new NksException(response.statusCode(), code, message);
    }

    private String entries(String cluster) { return "/clusters/" + cluster + "/access-entries"; }
    List<?> list(String cluster) throws Exception { return (List<?>) call("GET", entries(cluster), null).get("accessEntries"); }

    /** Returns the UUID of a principal's entry, or null. A create does not return it. */
    String find(String cluster, String principal) throws Exception {
        for (Object entry : list(cluster))
            if (entry instanceof Map<?, ?> map && principal.equals(map.get("entry"))) return (String) map.get("uuid");
        return null;
    }

    Map<?, ?> get(String cluster, String entry) throws Exception {
        return (Map<?, ?>) call("GET", entries(cluster) + "/" + entry, null).get("accessEntry");
    }

    void create(String cluster, String json) throws Exception { call("POST", entries(cluster), json); }
    /** Replaces both lists. No source says what leaving one out does. */
    void update(String cluster, String entry, String json) throws Exception { call("PUT", entries(cluster) + "/" + entry, json); }

    void delete(String cluster, String entry) throws Exception { call("DELETE", entries(cluster) + "/" + entry, null); }

    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        if (args.length != 1 || !args[0].matches("[-A-Za-z0-9_:./=]{1,128}") || !env.keySet().containsAll(List.of("NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"))) {
            System.err.println("usage: NCLOUD_ACCESS_KEY=... NCLOUD_SECRET_KEY=... NKS_CLUSTER=... java Nks.java NRN");
            System.exit(2);
        }
        String principal = args[0], cluster = env.get("NKS_CLUSTER");
        Nks nks = new Nks(env.getOrDefault("NKS_BASE_URL", "https://nks.apigw.ntruss.com/vnks/v2"), env.get("NCLOUD_ACCESS_KEY"), env.get("NCLOUD_SECRET_KEY"));
        if (nks.find(cluster, principal) == null)
            nks.create(cluster, """
                {"type": "%s", "entry": "%s", "policies": [{"type": "NKSViewPolicy", "scope": "cluster"}]}
                """.formatted(principal.contains(":Role/") ? "ROLE" : "USER", principal));
        String entry = nks.find(cluster, principal);
        nks.update(cluster, entry, """
            {"groups": ["developers"], "policies": [{"type": "NKSEditPolicy", "scope": "namespace", "namespaces": ["dev"]}]}""");
        System.out.println(nks.get(cluster, entry));
        nks.delete(cluster, entry);
        System.out.println("deleted " + entry);
    }

    private static final Pattern TOKEN = Pattern.compile("[{}\\[\\],:]|\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s{}\\[\\],:\"]+");

    /** Reads JSON, which the JDK cannot: objects become maps, arrays lists, all else text. */
    static Object json(String text) {
        return json(new ArrayDeque<>(TOKEN.matcher(text).results().map(MatchResult::group).toList()), 0);
    }

    private static Object json(Deque<String> tokens, int depth) {
        if (depth > 100) throw new IllegalArgumentException("nested too deeply");
        String token = tokens.remove();
        Map<Object, Object> map = new LinkedHashMap<>();
        List<Object> list = new ArrayList<>();
        if (token.equals("{"))
            for (; !skip(tokens, "}"); skip(tokens, ",")) {
                Object key = json(tokens, depth + 1);
                skip(tokens, ":");
                map.put(key, json(tokens, depth + 1));
            }
        if (token.equals("["))
            for (; !skip(tokens, "]"); skip(tokens, ",")) list.add(json(tokens, depth + 1));
        if (!token.startsWith("\"")) return token.equals("{") ? map : token.equals("[") ? list : token;
        String unicode = Pattern.compile("\\\\u(....)").matcher(token.substring(1, token.length() - 1).replace("\\/", "/"))
            .replaceAll(m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
        return unicode.translateEscapes();
    }

    private static boolean skip(Deque<String> tokens, String t) { return tokens.element().equals(t) && tokens.remove(t); }
}
