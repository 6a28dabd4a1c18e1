package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.cli.command.ExitStatus;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Hand-overs between processes, under clients that connect without a pause. */
@OneLane("The gateways are processes of their own, with three event loops.")
@Timeout(300)
class HandOverProcessIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger served = new AtomicInteger();
  private volatile boolean stopped;

  private void configure(String name, String certificates) throws IOException {
    Files.writeString(
        fixture.file(name),
        Setup.to(fixture.origin(r -> r.reply(200, "hello")))
            .certificates(certificates)
            .gateway("hand-over.socket = hand-over.sock")
            .hocon()
            .replaceAll("runtime.workers = \\d+", "runtime.workers = 3"));
  }

  private Script run(String configuration) throws IOException {
    return Script.start(fixture.folder(), "run", "-c", configuration);
  }

  private void connectOverAndOver(InetSocketAddress https) {
    while (!stopped) {
      try (RawClient client = RawClient.tls(https)) {
        assertThat(client.get("/").read().body()).isEqualTo("hello");
        served.incrementAndGet();
      } catch (IOException | RuntimeException | AssertionError failed) {
        failures.add(failed.toString());
      }
    }
  }

  private void awaitMoreServed() {
    int before = served.get();
    Eventually.equal("20 more requests", true, () -> served.get() >= before + 20);
  }

  private static int port(String serving) {
    return DemoIT.port(serving, "https");
  }

  @Test
  void processesFollowEachOtherWithoutAFailure() throws Exception {
    configure("gateway.conf", "[ { chain = server.pem, key = server.key } ]");
    configure("bad.conf", "[ { chain = client.pem, key = server.key } ]");
    Script running = run("gateway.conf");
    Thread clients = null;
    try {
      String serving = running.awaitLine("serving ");
      int port = port(serving);
      OpensslClient client = new OpensslClient(fixture.folder(), "tls1_3");
      assertThat(client.begin(port, "session")).isTrue();
      InetSocketAddress https = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      clients = Thread.ofPlatform().start(() -> connectOverAndOver(https));
      awaitMoreServed();
      try (Script bad = run("bad.conf")) {
        assertThat(bad.await()).isEqualTo(ExitStatus.BAD_CONFIGURATION);
      }
      for (int i = 0; i < 3; i++) {
        Script before = running;
        running = run("gateway.conf");
        assertThat(running.awaitLine("serving ")).isEqualTo(serving);
        assertThat(before.out()).startsWith("handed over to process ");
        assertThat(before.await()).isZero();
        assertThat(before.err())
            .contains("\"event\":\"handed-over\"", "\"event\":\"stopped\",\"cut\":0");
        assertThat(client.resume(port, "session")).isEqualTo(Handshake.RESUMED);
        awaitMoreServed();
      }
      stopped = true;
      clients.join();
      assertThat(failures).isEmpty();
      running.signal("TERM");
      assertThat(running.await()).isZero();
      assertThat(running.out()).isEmpty();
    } finally {
      stopped = true;
      running.close();
    }
  }

  /** The file of a killed process is left; connections are refused until the next one starts. */
  @Test
  void afterAKillTheNextProcessBindsAgain() throws Exception {
    configure("gateway.conf", "[ { chain = server.pem, key = server.key } ]");
    try (Script killed = run("gateway.conf")) {
      killed.awaitLine("serving ");
      killed.signal("KILL");
      assertThat(killed.await()).isEqualTo(128 + 9);
    }
    assertThat(Files.exists(fixture.file("hand-over.sock"))).isTrue();
    try (Script next = run("gateway.conf")) {
      next.awaitLine("serving ");
      next.signal("TERM");
      assertThat(next.await()).isZero();
    }
    assertThat(Files.exists(fixture.file("hand-over.sock"))).isFalse();
  }
}
