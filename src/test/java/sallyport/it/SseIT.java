package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;

/** Server-Sent Events: each passes at once, for as long as both sides stay. */
class SseIT {
  private static final int EVENTS = 500;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** A permit for each event that the client has seen, and one to begin with. */
  private final Semaphore seen = new Semaphore(1);

  private final CountDownLatch left = new CountDownLatch(1);

  private static void head(Origin.Request request, String framing) throws IOException {
    request.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
            + framing
            + "\r\n");
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static String event(int number) {
    return "id: " + number + "\ndata: at " + number + "\n\n";
  }

  /** Sends no event before the client has the one before it. */
  private void inLockStep(Origin.Request request) throws IOException {
    head(request, "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < EVENTS; i++) {
      awaitSeen();
      request.write(chunk(event(i)));
    }
    awaitSeen();
    request.write("0\r\n\r\n");
  }

  private void awaitSeen() throws IOException {
    try {
      assertThat(seen.tryAcquire(20, TimeUnit.SECONDS)).as("the client has the event").isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** Sends one event, and then waits for the connection to end. */
  private void untilTheClientLeaves(Origin.Request request) throws IOException {
    head(request, "Transfer-Encoding: chunked\r\n");
    request.write(chunk(event(0)));
    try {
      assertThat(request.raw().read()).isEqualTo(-1);
    } finally {
      left.countDown();
    }
  }

  private void readEvents(BufferedReader lines) throws IOException {
    for (int i = 0; i < EVENTS; i++) {
      assertThat(lines.readLine()).isEqualTo("id: " + i);
      assertThat(lines.readLine()).isEqualTo("data: at " + i);
      assertThat(lines.readLine()).isEmpty();
      seen.release();
    }
    assertThat(lines.readLine()).isNull();
  }

  private HttpResponse<InputStream> subscribe(Version version) throws Exception {
    HttpResponse<InputStream> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/events"))
                    .header("Accept", "text/event-stream")
                    .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.version()).isEqualTo(version);
    assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    return response;
  }

  private static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void eachEventArrivesBeforeTheBackendSendsTheNext(Version version) throws Exception {
    gateway.start(gateway.origin(this::inLockStep));
    try (BufferedReader lines = lines(subscribe(version).body())) {
      readEvents(lines);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlSeesEachEventBeforeTheBackendSendsTheNext(String version) throws Exception {
    gateway.start(gateway.origin(this::inLockStep));
    Process curl = curl(version);
    try (BufferedReader lines = lines(curl.getInputStream())) {
      readEvents(lines);
    }
    assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(curl.exitValue()).isZero();
  }

  private Process curl(String version) throws IOException {
    Process curl =
        Curl.start(gateway.file("ca.pem"), version, "-N", gateway.uri("/events").toString());
    gateway.closing(curl::destroy);
    return curl;
  }

  @Test
  void theHeadArrivesBeforeAnyEvent() throws Exception {
    gateway.start(gateway.origin(this::inLockStep));
    seen.drainPermits();
    // Returns with the head alone: the backend sends no event before the permit below.
    HttpResponse<InputStream> response = subscribe(Version.HTTP_2);
    seen.release();
    try (BufferedReader lines = lines(response.body())) {
      readEvents(lines);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aStreamThatOnlyTheEndOfTheConnectionEndsPassesInTheSameWay(Version version)
      throws Exception {
    gateway.start(
        gateway.origin(
            request -> {
              head(request, "");
              for (int i = 0; i < EVENTS; i++) {
                awaitSeen();
                request.write(event(i));
              }
              awaitSeen();
              request.close();
            }));
    try (BufferedReader lines = lines(subscribe(version).body())) {
      readEvents(lines);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void theBackendNoticesThatTheClientHasLeft(Version version) throws Exception {
    gateway.start(
        Setup.to(gateway.origin(this::untilTheClientLeaves)).limits("half-closed-timeout = 0s"));
    try (BufferedReader lines = lines(subscribe(version).body())) {
      assertThat(lines.readLine()).isEqualTo("id: 0");
      assertThat(left.getCount()).isEqualTo(1);
    }
    assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("/events")).contains("client_closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void theBackendNoticesThatCurlWasStopped(String version) throws Exception {
    gateway.start(
        Setup.to(gateway.origin(this::untilTheClientLeaves)).limits("half-closed-timeout = 0s"));
    Process curl = curl(version);
    try (BufferedReader lines = lines(curl.getInputStream())) {
      assertThat(lines.readLine()).isEqualTo("id: 0");
      curl.destroy();
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(gateway.access().awaitContaining("/events")).contains("client_closed");
  }
}
