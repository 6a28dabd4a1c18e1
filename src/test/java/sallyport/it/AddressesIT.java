package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestNames;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;

/** Endpoints whose name has several addresses, not all of which answer. */
class AddressesIT {
  private static final String POST =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static int port(Origin origin) {
    return Integer.parseInt(origin.address().substring(origin.address().lastIndexOf(':') + 1));
  }

  private Origin start(String name, String backend, String... addresses) {
    Origin origin = gateway.origin(r -> r.answer(200, r.body()));
    TestNames.define(name, addresses);
    gateway.start(
        Setup.to(name + ":" + port(origin)).backend(backend).gateway("dns.resolver = system"));
    awaitEndpoints(addresses.length);
    return origin;
  }

  /** Waits until the name stands for its addresses. */
  private void awaitEndpoints(int addresses) {
    gateway.awaitMetric(addresses, "gateway_upstream_endpoint_up", "address=");
  }

  /** One whose port is free at this address too. */
  private Origin originWithRoomAt(String address) {
    HeldPort.Held<Origin> held =
        HeldPort.holdToo(
            address, () -> Origin.start(r -> r.answer(200, r.body())), AddressesIT::port);
    gateway.closing(held.port());
    return gateway.closing(held.server());
  }

  /** As often as there may be addresses, so that each is tried. */
  private void assertServed() throws IOException {
    for (int i = 0; i < 3; i++) {
      RawClient.Response response = gateway.connect().send(POST).read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("abc");
    }
  }

  @Test
  void anAddressThatRefusesGivesWayToTheNext() throws IOException {
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      start("refusing.test", "", "127.0.0.2", "127.0.0.3", "127.0.0.1");
      assertServed();
      assertThat(log.awaitContaining("refusing.test")).contains("at 127.0.0.2");
    }
    assertThat(gateway.metric("gateway_upstream_retries_total")).isPositive();
    assertThat(gateway.metric("gateway_upstream_connections_active", "address=\"127.0.0.2:"))
        .isZero();
  }

  /** Its queue of connections is full: what else comes is neither taken nor refused. */
  @Test
  void anAddressThatHangsGivesWayToTheNext() throws IOException {
    Origin origin = originWithRoomAt("127.0.0.2");
    TestNames.define("hanging.test", "127.0.0.2", "127.0.0.1");
    ServerSocket full =
        gateway.closing(new ServerSocket(port(origin), 1, InetAddress.ofLiteral("127.0.0.2")));
    for (int i = 0; i < 4; i++) {
      Socket filler = gateway.closing(new Socket());
      try {
        filler.connect(new InetSocketAddress(full.getInetAddress(), full.getLocalPort()), 100);
      } catch (IOException noRoom) {
        break;
      }
    }
    gateway.start(
        Setup.to("hanging.test:" + port(origin))
            .backend("connect-timeout = 1s")
            .gateway("dns.resolver = system"));
    awaitEndpoints(2);
    assertServed();
    assertThat(gateway.metric("gateway_upstream_retries_total")).isPositive();
    assertThat(gateway.metric("gateway_upstream_connections_active", "address=\"127.0.0.2:"))
        .isZero();
  }

  @Test
  void anAddressThatDoesNotProveItselfGivesWayAndIsAudited() throws IOException {
    Origin origin = originWithRoomAt("127.0.0.2");
    try (Origin impostor =
        Origin.startAt(
            "127.0.0.2",
            port(origin),
            TestPki.STRANGERS.issue(
                CertificateRequest.of("backend")
                    .dns("legacy.internal")
                    .usage(CertificateRequest.Usage.SERVER_AUTH)),
            r -> r.reply(200, "leaked"))) {
      TestNames.define("impostor.test", "127.0.0.2", "127.0.0.1");
      gateway.start(Setup.to("impostor.test:" + port(origin)).gateway("dns.resolver = system"));
      awaitEndpoints(2);
      assertServed();
      assertThat(impostor.requests()).isEmpty();
    }
    assertThat(gateway.audit().awaitContaining("backend-refused")).contains("tls_untrusted");
  }

  @Test
  void whereNoAddressAnswersEachIsNamed() throws IOException {
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      Origin gone = start("gone.test", "", "127.0.0.2", "127.0.0.3");
      assertThat(gateway.connect().send(POST).read().status()).isEqualTo(502);
      log.awaitContaining("gone.test:" + port(gone) + " at 127.0.0.2");
      log.awaitContaining("gone.test:" + port(gone) + " at 127.0.0.3");
    }
    assertThat(gateway.metric("gateway_upstream_connections_active")).isZero();
  }

  @Test
  void anExchangeThatFailedTellsItsAddress() throws IOException {
    Origin origin = gateway.origin(r -> r.close());
    TestNames.define("failing.test", "127.0.0.1");
    gateway.start(Setup.to("failing.test:" + port(origin)).gateway("dns.resolver = system"));
    awaitEndpoints(1);
    assertThat(gateway.connect().send(POST).read().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("closed_before_response"))
        .contains("\"endpoint\":\"failing.test:" + port(origin) + "\"")
        .contains("\"address\":\"" + origin.address() + "\"");
  }

  @Test
  void aNameWithoutAnAddressIs502() throws IOException {
    gateway.start(Setup.to("missing.test:9").gateway("dns.resolver = system"));
    assertThat(gateway.connect().send(POST).read().status()).isEqualTo(502);
    gateway.access().awaitContaining("unresolved");
  }
}
