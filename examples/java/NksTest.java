// Tests the signature with the vectors, and the client with an emulator: make test-java.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.*;
import java.util.*;

public class NksTest {
    static void check(boolean ok, Object what) {
        if (!ok) throw new AssertionError(what);
    }

    public static void main(String[] args) throws Exception {
        var vectors = (List<?>) ((Map<?, ?>) Nks.json(Files.readString(Path.of("../../api/signature-vectors.json")))).get("vectors");
        check(vectors.size() >= 40, vectors.size());
        for (Object vector : vectors) {
            Map<?, ?> v = (Map<?, ?>) vector;
            String text = Nks.stringToSign((String) v.get("method"), (String) v.get("target"), (String) v.get("timestamp"), (String) v.get("accessKey"));
            check(text.equals(v.get("stringToSign")), v);
            check(Nks.signature((String) v.get("secretKey"), text).equals(v.get("signature")), v);
        }
        check(Nks.json("{\"a\":[\"\\u00e9\\n\\/\",1,null],\"b\":{}}").toString().equals("{a=[\u00e9\n/, 1, null], b={}}"), "json");
        try {
            new Nks("http://example.com/vnks/v2", "a", "b");
            check(false, "plain HTTP is signed");
        } catch (IllegalArgumentException expected) {
        }

        Process emulator = new ProcessBuilder("../../bin/nks-access", "emulator", "--listen", "127.0.0.1:0", "--quiet")
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            Map<String, String> env = new HashMap<>();
            var lines = new BufferedReader(new InputStreamReader(emulator.getInputStream()));
            for (String line; (line = lines.readLine()) != null && !line.startsWith("unset"); )
                if (line.startsWith("export ")) env.put(line.substring(7, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
            String url = env.get("NCLOUD_API_GW") + "/vnks/v2", cluster = env.get("NKS_CLUSTER");
            Nks nks = new Nks(url, env.get("NCLOUD_ACCESS_KEY"), env.get("NCLOUD_SECRET_KEY"));
            try {
                nks.get(cluster, "00000000-0000-4000-8000-000000000000");
                check(false, "an entry that is not there was found");
            } catch (Nks.NotFound expected) {
                check(expected.status == 404, expected);
            }
            try {
                new Nks(url, env.get("NCLOUD_ACCESS_KEY"), "wrong").list(cluster);
                check(false, "a wrong key was accepted");
            } catch (Nks.NksException expected) {
                check(expected.status == 401 && expected.code.equals("200"), expected);
            }
            check(nks.call("GET", "/clusters?x=1", null).containsKey("clusters"), "the query is signed, too");
            for (int run = 0; run < 2; run++) { // it can run twice
                var program = new ProcessBuilder("java", "Nks.java", "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c");
                program.environment().putAll(env);
                program.environment().put("NKS_BASE_URL", url);
                Process started = program.redirectErrorStream(true).start();
                String output = new String(started.getInputStream().readAllBytes());
                check(started.waitFor() == 0 && output.contains("groups=[developers]"), output);
            }
            check(nks.list(cluster).isEmpty(), nks.list(cluster));
        } finally {
            emulator.destroy();
        }
        System.out.println(vectors.size() + " vectors, and a session");
    }
}
