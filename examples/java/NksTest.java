// Tests the signature and base URLs with vectors, and the client with an emulator: make test-java.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;

public class NksTest {
    static final String PRINCIPAL = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c";

    static void check(boolean ok, Object what) {
        if (!ok) throw new AssertionError(what);
    }

    interface Call {
        void run() throws Exception;
    }

    /** Returns the exception of a call, which must be of a type. */
    static <E extends Exception> E refused(Class<E> type, Call call) {
        try {
            call.run();
        } catch (Exception e) {
            check(type.isInstance(e), e);
            return type.cast(e);
        }
        throw new AssertionError("no " + type.getSimpleName());
    }

    public static void main(String[] args) throws Exception {
        var vectors = (List<?>) ((Map<?, ?>) Nks.json(Files.readString(Path.of("../../api/signature-vectors.json")))).get("vectors");
        check(vectors.size() >= 40, vectors.size());
        for (Object vector : vectors) signature((Map<?, ?>) vector);
        baseUrls();
        errors();
        check(Nks.json("{\"a\":[\"\\u00e9\\n\\/\",1,null],\"b\":{}}").toString().equals("{a=[\u00e9\n/, 1, null], b={}}"), "json");
        refused(IllegalArgumentException.class, () -> new Nks("http://example.com/vnks/v2", "a", "b"));

        // Busy for a while after each change, as the service is.
        Process emulator = new ProcessBuilder("../../bin/nks-access", "emulator", "--listen", "127.0.0.1:0", "--quiet", "--busy", "100ms")
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            sessions(exported(emulator));
        } finally {
            emulator.destroy();
        }
        System.out.println(vectors.size() + " vectors, and sessions");
    }

    static void signature(Map<?, ?> v) throws Exception {
        String text = Nks.stringToSign((String) v.get("method"), (String) v.get("target"), (String) v.get("timestamp"), (String) v.get("accessKey"));
        check(text.equals(v.get("stringToSign")), v);
        check(Nks.signature((String) v.get("secretKey"), text).equals(v.get("signature")), v);
    }

    static void baseUrls() throws Exception {
        var cases = (Map<?, ?>) Nks.json(Files.readString(Path.of("../base-urls.json")));
        var baseUrls = (List<?>) cases.get("baseUrls");
        check(baseUrls.size() >= 10, baseUrls.size());
        for (Object c : baseUrls) {
            Map<?, ?> map = (Map<?, ?>) c;
            String got = Nks.baseUrl((String) map.get("gateway"), (String) map.get("region"));
            check(got.equals(map.get("baseUrl")), got + ", not " + map);
        }
        var refused = (List<?>) cases.get("refused");
        check(refused.size() >= 10, refused.size());
        for (Object c : refused) {
            Map<?, ?> map = (Map<?, ?>) c;
            String message = refused(IllegalArgumentException.class,
                () -> Nks.baseUrl((String) map.get("gateway"), (String) map.get("region"))).getMessage();
            check(message.startsWith((String) map.get("names")) && !message.contains("password"), message);
        }
    }

    static void errors() {
        String body = "{\"error\":{\"errorCode\":\"200\",\"message\":\"No\",\"details\":\"a reason\"}}";
        check(Nks.failure(401, body).getMessage().equals("401 No (code 200): a reason"), Nks.failure(401, body));
        body = "{\"error\":{\"errorCode\":400,\"message\":\"Bad\",\"details\":{\"error\":[{\"property\":\"entry\"}]}}}";
        check(Nks.failure(400, body).getMessage().equals("400 Bad (code 400): {error=[{property=entry}]}"), Nks.failure(400, body));
        for (String other : List.of("", "<html>", "[]", "{", "{\"error\":null}", "{\"error\":\"busy\"}"))
            check(Nks.failure(502, other).getMessage().equals("502 no message"), other);
    }

    static Map<String, String> exported(Process emulator) throws Exception {
        Map<String, String> env = new HashMap<>(Map.of("NCLOUD_REGION", ""));
        var lines = new BufferedReader(new InputStreamReader(emulator.getInputStream()));
        for (String line; (line = lines.readLine()) != null && !line.startsWith("unset"); )
            if (line.startsWith("export ")) env.put(line.substring(7, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        return env;
    }

    record Result(int status, String output) {}

    static Result runMain(Map<String, String> env, String... args) throws Exception {
        var command = new ArrayList<>(List.of("java", "Nks.java"));
        command.addAll(List.of(args));
        var program = new ProcessBuilder(command).redirectErrorStream(true);
        program.environment().putAll(env);
        Process started = program.start();
        String output = new String(started.getInputStream().readAllBytes());
        return new Result(started.waitFor(), output);
    }

    static void sessions(Map<String, String> env) throws Exception {
        String url = Nks.baseUrl(env.get("NCLOUD_API_GW"), ""), cluster = env.get("NKS_CLUSTER"), key = env.get("NCLOUD_ACCESS_KEY");
        Nks nks = new Nks(url, key, env.get("NCLOUD_SECRET_KEY"));
        int status = refused(Nks.NotFound.class, () -> nks.get(cluster, "00000000-0000-4000-8000-000000000000")).status;
        check(status == 404, status);
        var wrongKey = refused(Nks.NksException.class, () -> new Nks(url, key, "wrong").list(cluster));
        check(wrongKey.status == 401 && wrongKey.code.equals("200"), wrongKey);
        var wrongNrn = refused(Nks.NksException.class, () -> nks.create(cluster, "{\"type\":\"USER\",\"entry\":\"nobody\"}"));
        check(wrongNrn.status == 400 && wrongNrn.getMessage().contains("property=entry"), wrongNrn);
        check(nks.call("GET", "/clusters?x=1", null).containsKey("clusters"), "the query is signed, too");

        for (int run = 0; run < 2; run++) { // it can run twice
            Result done = runMain(env, PRINCIPAL);
            check(done.status == 0 && done.output.contains("groups=[developers]"), done);
            check(nks.list(cluster).isEmpty(), nks.list(cluster));
        }

        var failing = new Nks(url, key, env.get("NCLOUD_SECRET_KEY")) {
            @Override void update(String cluster, String entry, String json) throws Exception {
                throw new NksException(503, "500", "Endpoint Error", null);
            }
        };
        nks.waitReady(cluster);
        var failed = refused(Nks.NksException.class, () -> failing.session(cluster, PRINCIPAL));
        check(failed.status == 503 && nks.list(cluster).isEmpty(), "the entry is deleted after a failure");

        nks.waitReady(cluster);
        nks.create(cluster, "{\"type\":\"USER\",\"entry\":\"%s\",\"policies\":[{\"type\":\"NKSClusterAdminPolicy\",\"scope\":\"cluster\"}]}".formatted(PRINCIPAL));
        String before = nks.list(cluster).toString();
        Result existing = runMain(env, PRINCIPAL);
        check(existing.status == 1 && existing.output.contains(nks.find(cluster, PRINCIPAL) + " already. Nothing was changed."), existing);
        check(nks.list(cluster).toString().equals(before), "an entry that exists stays as it is");

        var noGateway = new HashMap<>(env);
        noGateway.put("NCLOUD_API_GW", "");
        Result stopped = runMain(noGateway, PRINCIPAL);
        check(stopped.status == 2 && stopped.output.contains("not set: NCLOUD_API_GW\n"), stopped);
    }
}
