package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Large uploads that ask first (RFC 9110 section 10.1.1): it is the backend that answers. */
class ExpectContinueIT {
  private static final int SIZE = 5_000_000;

  private static final String ASK =
      "PUT /upload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
          + "Content-Length: 4\r\n\r\n";

  private static final Map<String, String> ASK_FIELDS =
      Map.of("expect", "100-continue", "content-length", "4");

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Says "go on" and then how much came. */
  private static void goOn(Origin.Request request) throws IOException {
    assertThat(request.all("expect")).hasSize(1);
    assertThat(request.header("expect")).isEqualToIgnoringCase("100-continue");
    request.write("HTTP/1.1 100 Continue\r\n\r\n");
    request.answer(200, Integer.toString(request.body().length()));
  }

  /** Curl sends the body when it was told to go on, and not before. */
  private Curl.Result upload(String version) throws Exception {
    Path file = gateway.file("large");
    Files.write(file, new byte[SIZE]);
    return Curl.run(
        gateway.file("ca.pem"),
        version,
        "-v",
        "--expect100-timeout",
        "1000",
        "-H",
        "Expect: 100-continue",
        "-T",
        file.toString(),
        "-w",
        "|%{http_code}|%{size_upload}",
        gateway.uri("/upload").toString());
  }

  @Test
  void curlUploadsWhenTheBackendTellsItToGoOn() throws Exception {
    gateway.start(gateway.origin(ExpectContinueIT::goOn));
    Curl.Result result = upload("--http1.1");
    assertThat(result.outOnSuccess()).isEqualTo(SIZE + "|200|" + SIZE);
    assertThat(result.err()).containsSubsequence("< HTTP/1.1 100 Continue", "< HTTP/1.1 200 ");
  }

  @Test
  void curlUploadsOverHttp2WhenTheBackendTellsItToGoOn() throws Exception {
    gateway.start(gateway.origin(ExpectContinueIT::goOn));
    Curl.Result result = upload("--http2");
    assertThat(result.outOnSuccess()).isEqualTo(SIZE + "|200|" + SIZE);
    assertThat(result.err()).containsSubsequence("< HTTP/2 100", "< HTTP/2 200");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 413})
  void curlKeepsABodyThatTheBackendDoesNotWant(int status) throws Exception {
    gateway.start(gateway.origin(r -> r.answer(status, "no")));
    Curl.Result result = upload("--http1.1");
    assertThat(result.out()).isEqualTo("no|" + status + "|0");
    assertThat(gateway.access().awaitContaining("/upload"))
        .contains("\"status\":" + status, "\"request_bytes\":0");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void theJdksClientUploadsWhatTheBackendAccepts(Version version) throws Exception {
    gateway.start(gateway.origin(ExpectContinueIT::goOn));
    HttpResponse<String> response = send(version);
    assertThat(response.body()).isEqualTo(Integer.toString(SIZE));
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void theJdksClientHearsThatTheBackendRefuses(Version version) throws Exception {
    gateway.start(gateway.origin(r -> r.answer(413, "no")));
    assertThat(send(version).statusCode()).isEqualTo(413);
  }

  /** It waits for 5 s at most, so whether it was told to go on is for the tests below to see. */
  private HttpResponse<String> send(Version version) throws Exception {
    return gateway
        .client(version)
        .send(
            HttpRequest.newBuilder(gateway.uri("/upload"))
                .expectContinue(true)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[SIZE]))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  // ---- octet by octet, frame by frame

  @Test
  void nothingTellsTheClientToGoOnBeforeTheBackendDoes() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    gateway.start(
        gateway.origin(
            r -> {
              asked.countDown();
              await(release);
              r.write("HTTP/1.1 103 Early Hints\r\n\r\n");
              goOn(r);
            }));
    RawClient client = gateway.connect().send(ASK);
    await(asked);
    // The backend has the request and says nothing. Whatever the gateway said by itself would have
    // been said by now, and would be read below before the backend's own hints.
    release.countDown();
    assertThat(client.readHead().status()).isEqualTo(103);
    assertThat(client.readHead().status()).isEqualTo(100);
    client.send("body");
    assertThat(client.read().body()).isEqualTo("4");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  @Test
  void overHttp2ItIsAnInterimHead() throws IOException {
    gateway.start(gateway.origin(ExpectContinueIT::goOn));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "PUT", "/upload", false, ASK_FIELDS);
    RawHttp2.Frame interim = client.readUntil(f -> f.type() == RawHttp2.HEADERS && f.stream() == 1);
    assertThat(client.decode(interim).status()).hasToString("100");
    assertThat(interim.flags() & RawHttp2.END_STREAM).isZero();
    client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, "body".getBytes(StandardCharsets.US_ASCII));
    assertThat(client.readHead(1).status()).hasToString("200");
    RawHttp2.Frame body =
        client.readUntil(f -> f.type() == RawHttp2.DATA && f.payload().length > 0);
    assertThat(new String(body.payload(), StandardCharsets.US_ASCII)).isEqualTo("4");
  }

  @Test
  void overHttp2AFinalAnswerEndsTheStreamWithoutABody() throws IOException {
    gateway.start(gateway.origin(r -> r.answer(413, "no")));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "PUT", "/upload", false, ASK_FIELDS);
    Http2Headers head = client.readHead(1);
    assertThat(head.status()).hasToString("413");
    RawHttp2.Frame body = client.readUntil(f -> f.type() == RawHttp2.DATA);
    assertThat(new String(body.payload(), StandardCharsets.US_ASCII)).isEqualTo("no");
    // The client need not send the rest, and that is no error (RFC 9113 section 8.1).
    RawHttp2.Frame reset = client.readUntil(f -> f.type() == RawHttp2.RST_STREAM);
    assertThat(reset.stream()).isEqualTo(1);
    assertThat(reset.number(0)).isZero();
    // The connection serves the next.
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("413");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 413})
  void aFinalAnswerEndsTheConnectionWithoutABody(int status) throws IOException {
    gateway.start(gateway.origin(r -> r.answer(status, "no")));
    RawClient client = gateway.connect().send(ASK);
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.body()).isEqualTo("no");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedBeforeTheBackendIsAsked() throws IOException {
    Origin origin = gateway.origin(ExpectContinueIT::goOn);
    gateway.start(Setup.to(origin).limits("max-body = 3B"));
    assertThat(gateway.connect().send(ASK).read().status()).isEqualTo(413);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aBackendThatNeverTellsTheClientToGoOnGetsTheBodyOfOneThatDoesNotWait() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(200, "done")));
    RawClient client = gateway.connect();
    for (int i = 0; i < 2; i++) {
      client.send(ASK + "body");
      RawClient.Response response = client.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("done");
    }
  }

  @Test
  void curlDoesNotWaitForEver() throws Exception {
    AtomicInteger length = new AtomicInteger();
    gateway.start(
        gateway.origin(
            r -> {
              length.set(r.body().length());
              r.answer(200, "done");
            }));
    Path file = gateway.file("large");
    Files.write(file, new byte[SIZE]);
    Curl.Result result =
        Curl.run(
            gateway.file("ca.pem"),
            "--http1.1",
            "-H",
            "Expect: 100-continue",
            "-T",
            file.toString(),
            gateway.uri("/upload").toString());
    assertThat(result.outOnSuccess()).isEqualTo("done");
    assertThat(length).hasValue(SIZE);
  }

  @Test
  void severalInterimAnswersAllPass() throws IOException {
    gateway.start(
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
              goOn(r);
            }));
    RawClient client = gateway.connect().send(ASK);
    RawClient.Response hints = client.readHead();
    assertThat(hints.status()).isEqualTo(103);
    assertThat(hints.all("link")).containsExactly("</a.css>; rel=preload");
    assertThat(client.readHead().status()).isEqualTo(100);
    client.send("body");
    assertThat(client.read().body()).isEqualTo("4");
  }

  // ---- who is to blame when nothing moves

  /** All that a client may do to be slow is as short as it can be. */
  private void startImpatient(Origin.Handler handler, String responseTimeout) {
    gateway.start(
        Setup.to(gateway.origin(handler))
            .limits("body-idle-timeout = 100ms, rate-window = 100ms, min-request-rate = 1KiB")
            .route("response-timeout = " + responseTimeout));
  }

  @Test
  void aBackendThatSaysNothingIsToBlameAndNotTheClientThatWaitsForIt() throws IOException {
    startImpatient(r -> r.raw().read(), "1s");
    RawClient client = gateway.connect().send(ASK);
    assertThat(client.read().status()).isEqualTo(504);
    assertThat(gateway.access().awaitContaining("/upload")).contains("response_timeout");
  }

  @Test
  void overHttp2ItIsTheBackendToo() throws IOException {
    startImpatient(r -> r.raw().read(), "1s");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "PUT", "/upload", false, ASK_FIELDS);
    assertThat(client.readHead(1).status()).hasToString("504");
  }

  @Test
  void aClientThatWasToldToGoOnAndDoesNotIsToBlame() throws IOException {
    startImpatient(
        r -> {
          r.write("HTTP/1.1 100 Continue\r\n\r\n");
          r.raw().read();
        },
        "1m");
    RawClient client = gateway.connect().send(ASK);
    assertThat(client.readHead().status()).isEqualTo(100);
    assertThat(client.read().status()).isEqualTo(408);
  }

  @Test
  void aClientThatBeginsUnaskedAndStopsIsToBlame() throws IOException {
    startImpatient(r -> r.reply(200, "never"), "1m");
    RawClient client = gateway.connect().send(ASK + "bo");
    assertThat(client.read().status()).isEqualTo(408);
  }
}
