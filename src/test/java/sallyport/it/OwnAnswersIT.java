package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Answers that the gateway itself gives: the client is held to its pace as with any other. */
class OwnAnswersIT {
  private static final String FAST_ONLY =
      "min-response-rate = 10KiB, rate-window = 300ms, body-idle-timeout = 1s,"
          + " max-requests-per-connection = 1000000";
  private static final String NO_RATE =
      "min-response-rate = 0B, body-idle-timeout = 300ms, max-requests-per-connection = 1000000";

  /** Three answers to it fill no socket, a hundred thousand fill every one. */
  private static final String UNKNOWN_HOST = "GET /x HTTP/1.1\r\nHost: unknown.test\r\n\r\n";

  private static final byte[] NO_WINDOW = {0, 4, 0, 0, 0, 0};

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** A route that the clients here do not ask for. */
  private void start(String limits) {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "ok")))
            .limits(limits)
            .routes("{ host = known.test, backend = app }"));
  }

  private void awaitReadTooSlow() throws Exception {
    gateway.audit().awaitContaining("read_too_slow");
    assertThat(
            gateway.metric("gateway_downstream_requests_refused_total", "reason=\"read_too_slow\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {FAST_ONLY, NO_RATE})
  void aStreamWhoseWindowStaysShutIsReset(String limits) throws Exception {
    start(limits);
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.send(RawHttp2.SETTINGS, 0, 0, NO_WINDOW);
      client.get(1, "/x");
      assertThat(client.readHead(1).status()).hasToString("404");
      client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    }
    awaitReadTooSlow();
  }

  @ParameterizedTest
  @ValueSource(strings = {FAST_ONLY, NO_RATE})
  void pipelinedAnswersThatAreNotReadEndTheConnection(String limits) throws Exception {
    start(limits);
    RawClient client = gateway.connect();
    flood(client);
    awaitReadTooSlow();
  }

  /** Sends as long as the gateway takes it, which is not for ever. */
  private static void flood(RawClient client) {
    byte[] requests = UNKNOWN_HOST.repeat(500).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    try {
      for (int i = 0; i < 1000; i++) {
        client.send(requests);
      }
    } catch (IOException cut) {
      return;
    }
    throw new AssertionError("the gateway takes requests whose answers are not read");
  }

  @Test
  void anAnswerThatEndsTheConnectionIsNotHeldForEver() throws Exception {
    start(
        "min-response-rate = 10KiB, rate-window = 300ms, body-idle-timeout = 1s,"
            + " max-requests-per-connection = 20000");
    RawClient client = gateway.connect();
    flood(client);
    awaitReadTooSlow();
  }

  @Test
  void pipelinedAnswersComeInOrderToAClientThatReadsLate() throws Exception {
    start("max-requests-per-connection = 1000000");
    RawClient client = gateway.connect();
    int requests = 6_000;
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < requests; i++) {
                      client.send(UNKNOWN_HOST.replace("GET", i % 2 == 0 ? "GET" : "HEAD"));
                    }
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    for (int i = 0; i < requests; i++) {
      RawClient.Response response = i % 2 == 0 ? client.read() : client.readWithoutBody();
      assertThat(response.status()).isEqualTo(404);
    }
    sender.join();
  }

  /** Heads are not flow-controlled: only the socket can hold a client back (RFC 9113 5.2.1). */
  @Test
  void headsThatAreNotReadEndAnHttp2Connection() throws Exception {
    start("body-idle-timeout = 300ms");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    int stream = 1;
    try {
      while (stream < 2_000_000) {
        client.request(stream, "HEAD", "/x", true, Map.of());
        stream += 2;
      }
    } catch (IOException cut) {
      return;
    }
    throw new AssertionError("the gateway takes requests whose answers are not read");
  }
}
