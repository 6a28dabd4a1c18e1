package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** HTTP/2 in front, HTTP/1.1 behind. */
class Http2IT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private RawHttp2 connect() throws IOException {
    return gateway.closing(RawHttp2.connect(gateway.https()));
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    HttpResponse<String> response =
        gateway.client(Version.HTTP_2).send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.version()).isEqualTo(Version.HTTP_2);
    return response;
  }

  private static boolean endsStream(RawHttp2.Frame frame) {
    return (frame.flags() & RawHttp2.END_STREAM) != 0
        && (frame.type() == RawHttp2.DATA || frame.type() == RawHttp2.HEADERS);
  }

  @Test
  void theGatewaysOwnAnswerToHeadHasNoBody() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).route("path = /app"));
    RawHttp2 client = connect();
    client.request(1, "HEAD", "/", true, Map.of());
    RawHttp2.Frame head = client.readUntil(f -> f.type() == RawHttp2.HEADERS);
    assertThat(endsStream(head)).isTrue();
    assertThat(client.decode(head).status()).hasToString("404");
  }

  @Test
  void framesThatNobodyKnowsAreIgnoredAndFreed() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(origin);
    RawHttp2 client = connect();
    client.request(1, "POST", "/", false, Map.of());
    client.send(200, 0, 1, new byte[1000]);
    client.send(RawHttp2.PRIORITY, 0, 1, new byte[5]);
    client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[5]);
    assertThat(client.readHead(1).status()).hasToString("200");
  }

  @Test
  void theBackendSeesAnHttp11RequestLikeAnyOther() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(origin);
    HttpResponse<String> response =
        send(HttpRequest.newBuilder(gateway.uri("/a?b=c")).header("X-One", "1").build());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hello");
    Origin.Request seen = origin.requests().getFirst();
    assertThat(seen.line()).isEqualTo("GET /a?b=c HTTP/1.1");
    assertThat(seen.all("host")).containsExactly("localhost:" + gateway.https().getPort());
    assertThat(seen.all("x-one")).containsExactly("1");
    assertThat(seen.all("via")).containsExactly("2.0 sallyport");
    assertThat(seen.fields()).noneMatch(field -> field.startsWith(":") || field.contains("http2-"));
    assertThat(gateway.access().awaitContaining("\"protocol\":\"HTTP/2\"")).contains("\"/a\"");
  }

  @Test
  void bodiesOfKnownAndUnknownLengthGoBothWays() throws Exception {
    Origin origin = gateway.origin(r -> r.answer(200, "got " + r.body()));
    gateway.start(origin);
    assertThat(
            send(HttpRequest.newBuilder(gateway.uri("/"))
                    .POST(HttpRequest.BodyPublishers.ofString("known"))
                    .build())
                .body())
        .isEqualTo("got known");
    var unknown =
        HttpRequest.BodyPublishers.ofByteArrays(
            List.of(
                "un".getBytes(StandardCharsets.UTF_8), "known".getBytes(StandardCharsets.UTF_8)));
    assertThat(send(HttpRequest.newBuilder(gateway.uri("/")).POST(unknown).build()).body())
        .isEqualTo("got unknown");
    assertThat(origin.requests().get(0).header("content-length")).isEqualTo("5");
    assertThat(origin.requests().get(1).header("transfer-encoding")).isEqualTo("chunked");
  }

  @Test
  void aChunkedResponseArrivesWithItsTrailersAndWithoutItsFraming() throws Exception {
    gateway.start(
        gateway.origin(
            r ->
                r.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n")));
    RawHttp2 client = connect();
    client.get(1, "/");
    var head = client.readHead(1);
    assertThat(head.status()).hasToString("200");
    assertThat(head.contains("transfer-encoding")).isFalse();
    assertThat(head.contains("connection")).isFalse();
    RawHttp2.Frame data = client.readUntil(f -> f.type() == RawHttp2.DATA);
    assertThat(new String(data.payload(), StandardCharsets.US_ASCII)).isEqualTo("hello");
    var trailers = client.readHead(1);
    assertThat(trailers.get("x-sum")).hasToString("5");
  }

  @Test
  void trailersOfTheRequestReachTheBackend() throws Exception {
    CompletableFuture<List<String>> trailers = new CompletableFuture<>();
    gateway.start(
        gateway.origin(
            r -> {
              trailers.complete(r.trailers());
              r.answer(200, "");
            }));
    RawHttp2 client = connect();
    client.request(1, "POST", "/", false, Map.of("te", "trailers"));
    client.send(RawHttp2.DATA, 0, 1, new byte[] {'a'});
    client.trailers(1, Map.of("x-sum", "1"));
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(trailers.get(20, TimeUnit.SECONDS))
        .singleElement()
        .asString()
        .isEqualToIgnoringCase("x-sum: 1");
  }

  @ParameterizedTest
  @CsvSource({"GET,204", "GET,304", "HEAD,200"})
  void aResponseWithoutABodyEndsWithItsHead(String method, int status) throws Exception {
    gateway.start(
        gateway.origin(
            r ->
                r.write(
                    "HTTP/1.1 "
                        + status
                        + " Status\r\n"
                        + (status == 204 ? "" : "Content-Length: 1000\r\n")
                        + "\r\n")));
    RawHttp2 client = connect();
    client.request(1, method, "/", true, Map.of());
    assertThat(client.readHead(1).status()).hasToString(Integer.toString(status));
    client.get(3, "/");
    assertThat(client.readHead(3)).isNotNull();
  }

  @Test
  void streamsOfOneConnectionDoNotWaitForEachOther() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/slow")) {
                await(release);
              }
              r.reply(200, r.line().split(" ", 3)[1]);
            }));
    HttpClient client = gateway.client(Version.HTTP_2);
    var slow =
        client.sendAsync(
            HttpRequest.newBuilder(gateway.uri("/slow")).build(),
            HttpResponse.BodyHandlers.ofString());
    List<CompletableFuture<HttpResponse<String>>> fast = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      fast.add(
          client.sendAsync(
              HttpRequest.newBuilder(gateway.uri("/" + i)).build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(fast.get(i).get(20, TimeUnit.SECONDS).body()).isEqualTo("/" + i);
    }
    assertThat(slow).isNotDone();
    release.countDown();
    assertThat(slow.get(20, TimeUnit.SECONDS).body()).isEqualTo("/slow");
  }

  @Test
  void crumbsOfACookieAreJoinedForTheBackend() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    RawHttp2 client = connect();
    client.requestWithFields(1, List.of(Map.entry("cookie", "a=1"), Map.entry("cookie", "b=2")));
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(origin.requests().getFirst().all("cookie")).containsExactly("a=1; b=2");
  }

  @Test
  void aStreamThatTheClientResetsLetsTheBackendGo() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/next")) {
                r.reply(200, "");
                return;
              }
              asked.countDown();
              if (r.raw().read() < 0) {
                gone.countDown();
              }
            }));
    RawHttp2 client = connect();
    client.get(1, "/");
    await(asked);
    client.send(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
    await(gone);
    assertThat(gateway.access().awaitContaining("client_closed")).contains("\"status\":499");
    client.get(3, "/next");
    assertThat(client.readHead(3).status()).hasToString("200");
  }

  @Test
  void aBackendThatBreaksOffResetsTheStreamAndNotTheConnection() throws Exception {
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/next")) {
                r.reply(200, "");
                return;
              }
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
              r.close();
            }));
    RawHttp2 client = connect();
    client.get(1, "/");
    RawHttp2.Frame end =
        client.readUntil(
            f -> f.stream() == 1 && (f.type() == RawHttp2.RST_STREAM || endsStream(f)));
    assertThat(end.type()).isEqualTo(RawHttp2.RST_STREAM);
    client.get(3, "/next");
    assertThat(client.readHead(3).status()).hasToString("200");
  }

  @Test
  void aHeaderThatIsTooLargeGets431() throws Exception {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).limits("max-header = 4KiB"));
    RawHttp2 client = connect();
    client.request(1, "GET", "/", true, Map.of("x-large", "x".repeat(4300)));
    var head = client.readHead(1);
    assertThat(head.status()).hasToString("431");
    assertThat(head.getAll("strict-transport-security")).hasSize(1);
    assertThat(gateway.audit().awaitContaining("request-refused"))
        .contains("\"reason\":\"header_too_large\"");
  }

  /** Of a method that is not known: the answer must do for HEAD as well. */
  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "POST"})
  void theAnswerToAHeaderThatIsTooLargeIsLikeAnyOfTheGatewaysOwn(String method) throws Exception {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).limits("max-header = 4KiB"));
    RawHttp2 client = connect();
    boolean body = method.equals("POST");
    client.request(1, method, "/", !body, Map.of("x-large", "x".repeat(4300)));
    if (body) {
      client.send(RawHttp2.DATA, 0, 1, new byte[100]);
    }
    RawHttp2.Frame answer = client.readUntil(f -> f.stream() == 1);
    assertThat(endsStream(answer)).isTrue();
    var head = client.decode(answer);
    assertThat(head.status()).hasToString("431");
    assertThat(head.get("x-request-id")).isNotNull();
    assertThat(head.get("cache-control")).hasToString("no-store");
    RawHttp2.Frame end = client.readUntil(f -> f.type() == RawHttp2.RST_STREAM);
    assertThat(end.number(0)).as("NO_ERROR (RFC 9113 section 8.1)").isZero();
    assertThat(gateway.access().awaitContaining("header_too_large"))
        .contains("\"status\":431", head.get("x-request-id"));
    client.get(3, "/next");
    assertThat(client.readHead(3).status()).hasToString("200");
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_refused_total", "reason=\"header_too_large\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "transfer-encoding", "upgrade", "keep-alive"})
  void aFieldOfHttp1FramingIsAStreamError(String name) throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    RawHttp2 client = connect();
    client.request(1, "GET", "/", true, Map.of(name, "close"));
    RawHttp2.Frame answer = client.readUntil(f -> f.stream() == 1);
    assertThat(answer.type()).isEqualTo(RawHttp2.RST_STREAM);
    assertThat(answer.number(0)).as("PROTOCOL_ERROR").isEqualTo(1);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aHostThatContradictsTheAuthorityIsRefused() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    RawHttp2 client = connect();
    client.request(1, "GET", "/", true, Map.of("host", "other.test"));
    RawHttp2.Frame answer =
        client.readUntil(
            f ->
                f.stream() == 1
                    && (f.type() == RawHttp2.HEADERS || f.type() == RawHttp2.RST_STREAM));
    if (answer.type() == RawHttp2.HEADERS) {
      assertThat(client.decode(answer).status()).hasToString("400");
    }
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void anEarlyAnswerIsWholeBeforeTheStreamIsReset() throws Exception {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).limits("max-body = 10B"));
    RawHttp2 client = connect();
    client.request(1, "POST", "/", false, Map.of("content-length", "11"));
    assertThat(client.readHead(1).status()).hasToString("413");
    RawHttp2.Frame next = client.readUntil(f -> f.stream() == 1);
    assertThat(next.type()).isEqualTo(RawHttp2.DATA);
    assertThat(next.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
    RawHttp2.Frame reset = client.readUntil(f -> f.type() == RawHttp2.RST_STREAM);
    assertThat(reset.number(0)).as("NO_ERROR").isZero();
  }

  @Test
  void aListenerWithoutHttp2OffersHttp11() {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).listener("http2.enabled = false"));
    assertThatThrownBy(this::connect).hasMessageNotContaining("'h2'");
  }

  @ParameterizedTest
  @CsvSource({"--http1.1,1.1", "--http2,2"})
  void curlIsServedInEitherVersion(String option, String version) throws Exception {
    gateway.start(gateway.origin(r -> r.answer(200, "got " + r.body())));
    String out =
        Curl.run(
                gateway.file("ca.pem"),
                option,
                "-w",
                "\n%{http_version} %{http_code}",
                "--data-binary",
                "hello",
                gateway.uri("/x").toString())
            .outOnSuccess();
    assertThat(out).isEqualTo("got hello\n" + version + " 200");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }
}
