package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Every way in which a body can be framed, and be absent. */
class BodiesIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private RawClient through(Origin.Handler handler) throws IOException {
    gateway.start(gateway.origin(handler));
    return gateway.connect();
  }

  @Test
  void aBodyOfKnownLengthGoesBothWays() throws IOException {
    RawClient client = through(r -> r.answer(200, "got " + r.body()));
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    RawClient.Response response = client.read();
    assertThat(response.body()).isEqualTo("got hello");
    assertThat(response.header("content-length")).isEqualTo("9");
  }

  @Test
  void aChunkedBodyGoesBothWaysWithItsTrailers() throws IOException {
    RawClient client =
        through(
            r -> {
              String trailers = String.join(",", r.trailers());
              r.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Seen: "
                      + trailers
                      + "\r\n\r\n");
            });
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.body()).isEqualTo("hello world");
    assertThat(response.trailers()).hasSize(1);
    assertThat(response.trailers().getFirst()).isEqualToIgnoringCase("X-Seen: X-Sum: 3");
  }

  @Test
  void aBodyThatEndsWithTheConnectionBecomesChunked() throws IOException {
    RawClient client =
        through(
            r -> {
              r.write("HTTP/1.1 200 OK\r\n\r\nall of it");
              r.close();
            });
    RawClient.Response response = client.get("/").read();
    assertThat(response.header("transfer-encoding")).isEqualTo("chunked");
    assertThat(response.body()).isEqualTo("all of it");
    assertThat(client.get("/").read().body()).isEqualTo("all of it");
  }

  @Test
  void headHasNoBodyAndLeavesTheConnectionInOrder() throws IOException {
    RawClient client =
        through(
            r -> {
              if (r.line().startsWith("HEAD")) {
                r.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
              } else {
                r.reply(200, "next");
              }
            });
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    RawClient.Response response = client.readWithoutBody();
    assertThat(response.header("content-length")).isEqualTo("1000");
    assertThat(client.get("/").read().body()).isEqualTo("next");
  }

  @Test
  void noContentAndNotModifiedHaveNoBody() throws IOException {
    RawClient client =
        through(
            r ->
                r.write(
                    r.line().contains("/304")
                        ? "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"
                        : "HTTP/1.1 204 No Content\r\n\r\n"));
    assertThat(client.get("/204").read().status()).isEqualTo(204);
    RawClient.Response notModified = client.get("/304").read();
    assertThat(notModified.status()).isEqualTo(304);
    assertThat(notModified.header("etag")).isEqualTo("\"1\"");
    assertThat(client.get("/204").read().status()).isEqualTo(204);
  }

  @Test
  void continueComesFromTheBackend() throws IOException {
    RawClient client =
        through(
            r -> {
              assertThat(r.header("expect")).isEqualTo("100-continue");
              r.write("HTTP/1.1 100 Continue\r\n\r\n");
              r.answer(200, r.body());
            });
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: 4\r\n\r\n");
    assertThat(client.readHead().status()).isEqualTo(100);
    client.send("body");
    assertThat(client.read().body()).isEqualTo("body");
  }

  @Test
  void aBackendThatRefusesToContinueIsHeard() throws IOException {
    RawClient client = through(r -> r.answer(401, "no"));
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: 4\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.header("connection")).isEqualTo("close");
  }

  @Test
  void anHttp10ClientGetsABodyThatItUnderstands() throws IOException {
    RawClient client =
        through(
            r ->
                r.write(
                    "HTTP/1.1 200 OK\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5\r\n"
                        + "hello\r\n"
                        + "0\r\n\r\n"));
    client.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.all("transfer-encoding")).isEmpty();
    assertThat(response.body()).isEqualTo("hello");
  }

  @ParameterizedTest
  @CsvSource({"HEAD,200", "GET,304", "HEAD,304"})
  void anHttp10ClientHearsOfNoChunksWhereThereIsNoBodyEither(String method, int status)
      throws IOException {
    RawClient client =
        through(
            r -> r.write("HTTP/1.1 " + status + " Status\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 2; i++) {
      client.send(method + " / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
      RawClient.Response response = client.readWithoutBody();
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.all("transfer-encoding")).isEmpty();
      assertThat(response.header("connection")).isEqualTo("keep-alive");
    }
  }

  @Test
  void anHttp10ClientMayKeepItsConnection() throws IOException {
    RawClient client = through(r -> r.reply(200, "x"));
    for (int i = 0; i < 2; i++) {
      client.send("GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.read().header("connection")).isEqualTo("keep-alive");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    RawClient client = through(r -> r.reply(200, r.line().split(" ", 3)[1]));
    StringBuilder burst = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      burst.append("GET /" + i + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    client.send(burst.toString());
    for (int i = 0; i < 20; i++) {
      assertThat(client.read().body()).isEqualTo("/" + i);
    }
  }

  @Test
  void pipelinedBodiesStayWithTheirRequests() throws IOException {
    RawClient client = through(r -> r.answer(200, r.body()));
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none"
            + "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\ntwo");
    assertThat(client.read().body()).isEqualTo("one");
    assertThat(client.read().body()).isEqualTo("two");
  }

  @Test
  void aResponseBeforeTheEndOfTheRequestReachesTheClient() throws IOException {
    RawClient client =
        through(
            r -> {
              r.answer(413, "enough", "Connection: close");
              r.close();
            });
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nstart");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.header("connection")).isEqualTo("close");
  }

  @Test
  void aBackendThatBreaksOffIsSeenToBreakOff() throws IOException {
    RawClient client =
        through(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
              r.close();
            });
    RawClient.Response head = client.get("/").readHead();
    assertThat(head.status()).isEqualTo(200);
    String rest;
    try {
      rest = new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException cut) {
      rest = "";
    }
    assertThat("only this").startsWith(rest);
    assertThat(gateway.access().awaitContaining("closed_during_response"))
        .contains("\"status\":200");
  }

  @Test
  void theBackendIsLetGoWhenTheClientGoesAway() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    gateway.start(
        Setup.to(
                gateway.origin(
                    r -> {
                      asked.countDown();
                      if (r.raw().read() < 0) {
                        gone.countDown();
                      }
                    }))
            .limits("half-closed-timeout = 0s"));
    RawClient client = gateway.connect().get("/");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("client_closed")).contains("\"status\":499");
  }

  /** More of them in one read than there could be calls on a stack. */
  @Test
  void refusalsPipelinedBehindAnExchangeAreAllGiven() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              try {
                go.await(20, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              r.reply(200, "hello");
            });
    gateway.start(
        Setup.to(origin)
            .routes("{ host = localhost, backend = app }")
            .limits("max-header = 64KiB"));
    int refused = 3000;
    RawClient client = gateway.connect();
    client.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(refused));
    go.countDown();
    assertThat(client.read().status()).isEqualTo(200);
    for (int i = 0; i < refused; i++) {
      assertThat(client.read().status()).isEqualTo(404);
    }
  }
}
