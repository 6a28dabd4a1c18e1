package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Two endpoints, one of which requests find unusable: what it costs, and how it returns. */
class EjectionIT {
  private static final int REQUESTS = 30;

  /** Longer than a test. */
  private static final String LONG = "ejection { base = 10m, longest = 10m }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin healthy() {
    return gateway.origin(r -> r.reply(200, "healthy"));
  }

  private RawClient.Response get() {
    try (RawClient client = RawClient.tls(gateway.https())) {
      return client.get("/").read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The statuses of requests, one after the other. */
  private List<Integer> statuses() {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      statuses.add(get().status());
    }
    return statuses;
  }

  private double failures(String flag) {
    return gateway.metric("gateway_upstream_failures_total", "failure=\"" + flag + "\"");
  }

  private void assertEjected(String address, String reason) {
    String endpoint = "endpoint=\"" + address + "\"";
    assertThat(gateway.metric("gateway_upstream_endpoint_up", endpoint)).isZero();
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).as("the other").isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_ejections_total", endpoint)).isEqualTo(1);
    assertThat(
            gateway.metric(
                "gateway_upstream_ejections_total", endpoint, "reason=\"" + reason + "\""))
        .isEqualTo(1);
  }

  // ---- what it costs

  /** As a process that is stopped: the kernel takes connections, and nothing answers on them. */
  @Test
  void anEndpointThatTakesConnectionsAndSaysNothingCostsFiveWaits() throws IOException {
    ServerSocket silent =
        gateway.closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    String address = "127.0.0.1:" + silent.getLocalPort();
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      gateway.start(
          Setup.to(address, healthy().address()).backend("connect-timeout = 1s, " + LONG));
      assertThat(statuses()).as("nothing was sent: another endpoint serves").containsOnly(200);
      assertThat(log.all())
          .containsExactly(
              "backend app: ejected endpoint "
                  + address
                  + " for 10m: 5 requests failed in a row, the last by connect_timeout");
    }
    assertThat(failures("connect_timeout")).isEqualTo(5);
    assertEjected(address, "connect_timeout");
    assertThat(gateway.admin("/").body()).contains("ejected (connect_timeout), ", "in service");
  }

  @Test
  void anEndpointThatTakesRequestsAndAnswersNoneCostsFiveRequests() {
    Origin hanging = gateway.origin(r -> {});
    gateway.start(Setup.to(hanging, healthy()).route("response-timeout = 500ms").backend(LONG));
    List<Integer> statuses = statuses();
    assertThat(Collections.frequency(statuses, 504)).isEqualTo(5);
    assertThat(Collections.frequency(statuses, 200)).isEqualTo(REQUESTS - 5);
    assertThat(statuses.subList(10, REQUESTS)).containsOnly(200);
    assertThat(hanging.requests()).hasSize(5);
    assertEjected(hanging.address(), "response_timeout");
  }

  @Test
  void anEndpointThatRefusesCostsFiveAttempts() {
    HeldPort refusing = gateway.closing(HeldPort.hold());
    gateway.start(Setup.to(refusing.address(), healthy().address()).backend(LONG));
    assertThat(statuses()).containsOnly(200);
    assertThat(failures("connect_refused")).isEqualTo(5);
    assertEjected(refusing.address(), "connect_refused");
  }

  @Test
  void switchedOffEverySecondRequestMeetsIt() {
    HeldPort refusing = gateway.closing(HeldPort.hold());
    gateway.start(
        Setup.to(refusing.address(), healthy().address())
            .backend("ejection.consecutive-failures = 0"));
    assertThat(statuses()).containsOnly(200);
    assertThat(failures("connect_refused")).isEqualTo(REQUESTS / 2);
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(2);
  }

  @Test
  void anErrorOfTheApplicationEjectsNoEndpoint() {
    Origin failing = gateway.origin(r -> r.reply(500, "failing"));
    gateway.start(Setup.to(failing, healthy()).backend(LONG));
    assertThat(Collections.frequency(statuses(), 500)).isEqualTo(REQUESTS / 2);
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(2);
  }

  @Test
  void whereAllFailOneStays() {
    HeldPort one = gateway.closing(HeldPort.hold());
    HeldPort other = gateway.closing(HeldPort.hold());
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      gateway.start(Setup.to(one.address(), other.address()).backend(LONG));
      assertThat(statuses()).containsOnly(502);
      assertThat(log.awaitContaining("stays in service"))
          .contains("no more than 1 of 2 may be ejected at a time (ejection.at-most)");
    }
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_ejections_total")).isEqualTo(1);
  }

  @Test
  void anEndpointThatHangsOnEveryThirdRequestIsEjectedByItsShare() {
    AtomicInteger count = new AtomicInteger();
    Origin flaky =
        gateway.origin(
            r -> {
              if (count.incrementAndGet() % 3 == 0) {
                r.close();
              } else {
                r.reply(200, "flaky");
              }
            });
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      gateway.start(
          Setup.to(flaky, healthy())
              .backend(
                  "pool.max-idle-per-loop = 0, ejection { base = 10m, longest = 10m,"
                      + " failure-share { at-least = 20%, requests = 10, window = 1h } }"));
      for (int i = 0; i < 2 * REQUESTS; i++) {
        get();
      }
      assertThat(log.all()).hasSize(1);
      assertThat(log.all().getFirst())
          .containsPattern(
              "ejected endpoint "
                  + flaky.address()
                  + " for 10m: [0-9]+ of [0-9]+ requests failed, the last by"
                  + " closed_before_response");
    }
    assertEjected(flaky.address(), "closed_before_response");
  }

  // ---- how it returns

  @Test
  void eachReturnIsTriedByOneRequestUntilOneIsAnswered() {
    AtomicBoolean hangs = new AtomicBoolean(true);
    Origin ill =
        gateway.origin(
            r -> {
              if (!hangs.get()) {
                r.reply(200, "well");
              }
            });
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      gateway.start(
          Setup.to(ill, healthy())
              .route("response-timeout = 500ms")
              .backend("ejection { base = 100ms, longest = 300ms }"));
      Eventually.equal(
          "an ejection that is as long as it gets",
          true,
          () -> {
            get();
            return log.all().stream().anyMatch(line -> line.contains("for 300ms: 1 request"));
          });
      assertThat(log.all().get(1)).contains("for 200ms: 1 request failed by response_timeout");
      Eventually.equal(
          "requests: five until the first ejection, and one until each further one",
          4 + (int) gateway.metric("gateway_upstream_ejections_total"),
          () -> ill.requests().size());
      hangs.set(false);
      Eventually.equal("who answers", "well", () -> get().body());
      log.awaitContaining("endpoint " + ill.address() + " is in service again");
    }
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(2);
    List<String> bodies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      bodies.add(get().body());
    }
    assertThat(bodies).containsOnly("well", "healthy").contains("well", "healthy");
  }

  // ---- reload

  @Test
  void aReloadKeepsTheStateOfABackendThatItKeeps() throws IOException {
    HeldPort refusing = gateway.closing(HeldPort.hold());
    Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to(refusing.address(), healthy().address());
    Files.writeString(file, setup.backend(LONG).hocon());
    gateway.startFrom(file);
    statuses();
    assertEjected(refusing.address(), "connect_refused");

    Files.writeString(file, setup.gateway("drain-timeout = 29s").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(statuses()).containsOnly(200);
    assertThat(failures("connect_refused")).isEqualTo(5);
    assertEjected(refusing.address(), "connect_refused");

    Files.writeString(file, setup.backend("connect-timeout = 4s, " + LONG).hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).as("another pool").isEqualTo(2);
  }
}
