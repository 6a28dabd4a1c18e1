package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** What is said of trailers in front of a body: TE (RFC 9110 10.1.4) and Trailer (6.6.2). */
class TrailerFieldsIT {
  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(Origin.Handler handler) {
    Origin origin = gateway.origin(handler);
    gateway.start(origin);
    return origin;
  }

  // ---- TE

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TE: trailers",
        "TE: Trailers",
        "TE: trailers\r\nConnection: TE",
        "TE: gzip, trailers;q=1, trailers\r\nConnection: te, keep-alive"
      })
  void whoTakesTrailersIsSaidWithTheOptionThatBelongsToIt(String fields) throws IOException {
    Origin origin = start(r -> r.reply(200, ""));
    assertThat(gateway.connect().get("/", fields).read().status()).isEqualTo(200);
    assertThat(origin.requests().getFirst().all("te")).containsExactly("trailers");
    assertThat(origin.requests().getFirst().all("connection")).containsExactly("TE");
  }

  @Test
  void aClientOfHttp2IsHeardByABackendOfHttp1() throws IOException {
    Origin origin = start(r -> r.reply(200, ""));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "GET", "/", true, Map.of("te", "trailers"));
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(origin.requests().getFirst().all("te")).containsExactly("trailers");
    assertThat(origin.requests().getFirst().all("connection")).containsExactly("TE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TE: gzip", "TE:", "Connection: TE"})
  void whoTakesNoneSaysNothing(String field) throws IOException {
    Origin origin = start(r -> r.reply(200, ""));
    gateway.connect().get("/", field).read();
    assertThat(origin.requests().getFirst().all("te")).isEmpty();
    assertThat(origin.requests().getFirst().all("connection")).isEmpty();
  }

  @Test
  void aRequestForAWebSocketSaysNothingElseOfItsConnection() throws IOException {
    Origin origin = start(r -> r.agreeToWebSocket());
    RawClient client = gateway.connect();
    client.get(
        "/",
        "Connection: Upgrade, TE",
        "TE: trailers",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(client.readHead().status()).isEqualTo(101);
    assertThat(origin.requests().getFirst().all("connection")).containsExactly("upgrade");
    assertThat(origin.requests().getFirst().all("te")).isEmpty();
  }

  @Test
  void aBackendOfHttp2GetsNoOption() throws IOException {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "http2",
                "location / { return 200 \"te=$http_te connection=$http_connection\"; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = http2"));
    assertThat(gateway.connect().get("/", "TE: trailers", "Connection: TE").read().body())
        .isEqualTo("te=trailers connection=");
  }

  // ---- Trailer

  @Test
  void trailersAreAnnouncedBothWays() throws IOException {
    Origin origin =
        start(
            r -> {
              r.body();
              r.write(CHUNKED);
            });
    RawClient client = gateway.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTrailer: X-Check\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Check: 1\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(origin.requests().getFirst().all("trailer")).containsExactly("X-Check");
    assertThat(response.all("trailer")).containsExactly("X-Sum");
    assertThat(response.trailers()).containsExactly("X-Sum: 1");
  }

  @Test
  void trailersAreAnnouncedToAndByAClientOfHttp2() throws IOException {
    Origin origin =
        start(
            r -> {
              r.body();
              r.write(CHUNKED);
            });
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "POST", "/", false, Map.of("trailer", "x-check"));
    client.trailers(1, Map.of("x-check", "1"));
    assertThat(client.readHead(1).getAll("trailer"))
        .map(CharSequence::toString)
        .isEqualTo(List.of("X-Sum"));
    assertThat(origin.requests().getFirst().all("trailer")).containsExactly("x-check");
  }

  @ParameterizedTest
  @CsvSource({"HTTP/1.1", "HTTP/1.0"})
  void whereNoneCanFollowNoneAreAnnounced(String version) throws IOException {
    Origin origin =
        start(
            r -> {
              if (r.line().contains("/length")) {
                r.reply(200, "hi", "Trailer: X-Sum");
              } else {
                r.body();
                r.write(CHUNKED);
              }
            });
    String fields = " " + version + "\r\nHost: localhost\r\nTrailer: X-Check\r\n";
    RawClient.Response response =
        gateway.connect().send("POST /length" + fields + "Content-Length: 2\r\n\r\nhi").read();
    assertThat(response.all("trailer")).isEmpty();
    assertThat(origin.requests().getFirst().all("trailer")).isEmpty();
    response = gateway.connect().send("GET /chunks" + fields + "\r\n").read();
    assertThat(response.all("trailer"))
        .isEqualTo(version.equals("HTTP/1.0") ? List.of() : List.of("X-Sum"));
    assertThat(origin.requests().getLast().all("trailer")).isEmpty();
  }
}
