package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.gateway.Gateway;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.SteadyClients;

/** Stops and reloads under steady traffic: no request is lost, and no POST is sent twice. */
class SteadyTrafficIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> twice = new ConcurrentLinkedQueue<>();

  private Origin origin() {
    return gateway.origin(
        request -> {
          String path = request.line().split(" ", 3)[1];
          request.body();
          if (!seen.add(path)) {
            twice.add(path);
          }
          request.answer(200, path);
        });
  }

  private void assertEachOnce(SteadyClients clients) throws Exception {
    int sent = clients.end();
    assertThat(twice).isEmpty();
    assertThat(seen).hasSize(sent);
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("\"failure\""));
  }

  /** Two replicas: new connections go to the other one as soon as this one is not ready. */
  @Test
  @Timeout(120)
  void aStopLosesNoRequest() throws Exception {
    Setup setup = Setup.to(origin());
    gateway.start(setup);
    Gateway other = gateway.another(setup.hocon(), Clock.systemUTC());
    AtomicReference<InetSocketAddress> target = new AtomicReference<>(gateway.https());
    try (SteadyClients clients = new SteadyClients(target::get)) {
      clients.awaitAnswers(50);
      CompletableFuture<Boolean> drained = new CompletableFuture<>();
      Thread.ofPlatform()
          .start(() -> drained.complete(gateway.gateway().drain(Duration.ofMinutes(10), LONG)));
      gateway.audit().awaitContaining("stopping");
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(503);
      clients.awaitAnswers(50);
      target.set(other.address("https"));
      clients.awaitTarget();
      clients.awaitAnswers(50);
      assertThat(drained).isNotDone();
      assertThat(gateway.gateway().endLameDuck()).isTrue();
      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
      clients.awaitAnswers(50);
      assertEachOnce(clients);
    }
    gateway.stop();
    assertThat(gateway.audit().awaitContaining("stopped")).contains("\"cut\":0");
  }

  @Test
  @Timeout(120)
  void twentyReloadsLoseNoRequest() throws Exception {
    Setup setup = Setup.to(origin());
    Path file = gateway.file("gateway.conf");
    List<String> texts =
        List.of(setup.route("name = one").hocon(), setup.route("name = two").hocon());
    write(file, texts.getFirst());
    gateway.startFrom(file);
    try (SteadyClients clients = new SteadyClients(gateway::https)) {
      for (int i = 1; i <= 20; i++) {
        clients.awaitAnswers(50);
        write(file, texts.get(i % 2));
        assertThat(gateway.gateway().reload("test", "a test")).isTrue();
      }
      clients.awaitAnswers(50);
      assertEachOnce(clients);
    }
    assertThat(gateway.metric("gateway_config_reloads_total", "outcome=\"applied\"")).isEqualTo(20);
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }
}
