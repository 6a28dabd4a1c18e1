package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Paths that a pattern changes on the way to the backend, and redirects by a pattern. */
class PathRewriteIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @ParameterizedTest
  @CsvSource({
    "/old/a/b?q=1, GET /new/a/b?q=1 HTTP/1.1",
    "/old/, GET /new/ HTTP/1.1",
    "/other/%61, GET /other/%61 HTTP/1.1",
    // Another spelling of a letter evades no pattern; what needs its encoding keeps it.
    "/%6Fld/%61%20b, GET /new/a%20b HTTP/1.1",
    // What would be an authority, a folder above or a broken encoding goes nowhere.
    "/old//x, GET /new//x HTTP/1.1",
    "/raw/evil.test/x,",
    "/dots/./x,",
    "/dots/%2E,",
    "/cut/%2D%20,"
  })
  void aPatternReplacesThePath(String path, @Nullable String line) throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, r.line()));
    gateway.start(
        Setup.to(origin)
            .routes(
                "{ backend = app, rewrite { pattern = \"^/old/(.*)$\", to = \"/new/$1\" } },"
                    + " { path = /raw, backend = app, rewrite { pattern = \"/raw(.*)\", to ="
                    + " \"/$1\" } },"
                    + " { path = /dots, backend = app, rewrite { pattern = \"/dots/(.*)\", to ="
                    + " \"/new/.$1\" } },"
                    + " { path = /cut, backend = app, rewrite { pattern = \"/cut/-(%).*\", to ="
                    + " \"/new/$1\" } }"));
    RawClient.Response response = gateway.connect().get(path).read();
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", path, /* end= */ true, Map.of());
    Http2Headers head = http2.readHead(1);
    if (line == null) {
      assertThat(response.status()).isEqualTo(400);
      assertThat(head.status()).hasToString("400");
      assertThat(origin.requests()).isEmpty();
    } else {
      assertThat(response.body()).isEqualTo(line);
      assertThat(head.status()).hasToString("200");
      assertThat(origin.requests().getLast().line()).isEqualTo(line);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/p/17/x?q=1, 301, https://b.test/patients/17?q=1",
    "/p/%31%37/x, 301, https://b.test/patients/17",
    "/p/none/x, 404,"
  })
  void aRedirectTakesGroups(String path, int status, @Nullable String location) throws IOException {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .routes(
                "{ path = /p, redirect { status = 301, pattern = \"/p/([0-9]+)/x\","
                    + " to = \"https://b.test/patients/$1{query}\" } }"));
    RawClient client = gateway.connect();
    RawClient.Response response = client.get(path).read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("location")).isEqualTo(location);
    assertThat(client.get(path).read().status()).isEqualTo(status);
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", path, /* end= */ true, Map.of());
    assertThat(http2.readHead(1).status()).hasToString(Integer.toString(status));
  }
}
