package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.RawHttp2Origin.Held;
import sallyport.testkit.Setup;

/** HTTP/2 backends that take few streams at a time, or none (RFC 9113 section 5.1.2). */
class Http2BackendIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private RawHttp2Origin start(int maxStreams, String backend) {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(maxStreams));
    // Sessions belong to one event loop, and it is their number that is asserted.
    gateway.start(Setup.to(origin.address()).backend("protocol = http2, " + backend).oneLoop());
    return origin;
  }

  /** This many clients ask at the same time, on one event loop. */
  private List<RawClient> ask(int count) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(gateway.connect());
    }
    for (RawClient client : clients) {
      client.get("/");
    }
    return clients;
  }

  private static void answerAll(List<Held> held, List<RawClient> clients) throws IOException {
    for (Held request : held) {
      request.answer();
    }
    for (RawClient client : clients) {
      assertThat(client.readHead().status()).isEqualTo(204);
    }
  }

  @Test
  void whereOneStreamIsTakenAtATimeEachExchangeHasAConnectionOfItsOwn() throws Exception {
    RawHttp2Origin origin = start(1, "pool.max-connections = 10");
    List<RawClient> clients = ask(5);
    answerAll(origin.take(5), clients);
    assertThat(origin.connections()).isEqualTo(5);
    // They are kept, and used again.
    List<RawClient> next = ask(5);
    answerAll(origin.take(5), next);
    assertThat(origin.connections()).isEqualTo(5);
  }

  @Test
  void noMoreConnectionsAreOpenedThanTheStreamsNeed() throws Exception {
    RawHttp2Origin origin = start(5, "pool.max-connections = 100");
    List<RawClient> clients = ask(20);
    answerAll(origin.take(20), clients);
    assertThat(origin.connections()).isEqualTo(4);
  }

  @Test
  void whatIsOverThePoolsLimitWaitsForAStream() throws Exception {
    RawHttp2Origin origin = start(1, "pool.max-connections = 2");
    List<RawClient> clients = ask(6);
    for (int i = 0; i < 6; i++) {
      origin.take(1).getFirst().answer();
    }
    for (RawClient client : clients) {
      assertThat(client.readHead().status()).isEqualTo(204);
    }
    assertThat(gateway.metric("gateway_upstream_connections_active")).isLessThanOrEqualTo(2);
  }

  @Test
  void thePoolsLimitHoldsForConnectionsOfOneStreamToo() throws Exception {
    RawHttp2Origin origin = start(1, "pool.max-connections = 2, connect-timeout = 500ms");
    List<RawClient> clients = ask(6);
    List<Held> held = origin.take(2);
    assertThat(gateway.access().awaitContaining("connection_limit", 4)).contains("503");
    answerAll(held, List.of());
    List<Integer> statuses = new ArrayList<>();
    for (RawClient client : clients) {
      statuses.add(client.readHead().status());
    }
    assertThat(statuses).containsExactlyInAnyOrder(204, 204, 503, 503, 503, 503);
    assertThat(origin.connections()).isEqualTo(2);
  }

  @Test
  void aBackendThatTakesNoStreamsIsAskedOnceAndGivenUpInTime() throws Exception {
    RawHttp2Origin origin = start(0, "connect-timeout = 2s");
    List<RawClient> clients = ask(10);
    for (RawClient client : clients) {
      assertThat(client.readHead().status()).isEqualTo(504);
    }
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_connections_active")).isZero();
  }

  @Test
  void aBackendThatTakesStreamsLaterIsWaitedFor() throws Exception {
    RawHttp2Origin origin = start(0, "connect-timeout = 20s");
    List<RawClient> clients = ask(10);
    origin.connection().send(RawHttp2.SETTINGS, 0, 0, RawHttp2Origin.maxStreams(100));
    answerAll(origin.take(10), clients);
    assertThat(origin.connections()).isEqualTo(1);
  }
}
