package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.cli.command.ExitStatus;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.OneLane;
import sallyport.testkit.Peers;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Listening sockets that a gateway in a process of its own gets from what starts it. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
@Timeout(300)
class ActivationIT {
  /** Opens one TCP socket, passes it as systemd does, and becomes the gateway. */
  private static final String LAUNCHER =
      """
      $^F = 10;
      my ($name, $listens) = (shift, shift);
      socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
      bind($s, sockaddr_in(0, inet_aton("127.0.0.1"))) or die;
      if ($listens eq "listens") { listen($s, 100) or die; }
      fileno($s) == 3 or die "not the first";
      open(my $out, ">", "port") or die;
      print $out (sockaddr_in(getsockname($s)))[0];
      close($out);
      $ENV{LISTEN_FDS} = 1;
      $ENV{LISTEN_PID} = $$;
      $ENV{LISTEN_FDNAMES} = $name;
      exec(@ARGV) or die;
      """;

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private void configure(String bind, String more) throws IOException {
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "hello")))
            .gateway(more)
            .hocon()
            .replace(
                "https {\n      bind = \"127.0.0.1:0\"", "https {\n      bind = \"" + bind + "\""));
  }

  private Script launch(String name, String listens) throws IOException {
    Peers.demand("perl");
    return Script.startBy(
        List.of("perl", "-MSocket", "-e", LAUNCHER, name, listens),
        fixture.folder(),
        "run",
        "-c",
        "gateway.conf");
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static int status(InetSocketAddress https) throws IOException {
    try (RawClient client = RawClient.tls(https)) {
      return client.get("/").read().status();
    }
  }

  @Test
  void aClientThatComesBeforeTheGatewayIsServed() throws Exception {
    Peers.demand("systemd-socket-activate");
    try (HeldPort port = HeldPort.hold()) {
      configure(port.address(), "");
      List<String> activate =
          List.of(
              "systemd-socket-activate",
              "--listen=" + port.address(),
              "--setenv=JAVA_HOME",
              "--fdname=sallyport.socket");
      try (Script gateway =
          Script.startBy(activate, fixture.folder(), "run", "-c", "gateway.conf")) {
        gateway.awaitError("Listening on ");
        // systemd starts the gateway for the first of these.
        List<CompletableFuture<Integer>> early = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          early.add(
              CompletableFuture.supplyAsync(
                  () -> {
                    try (RawClient client = RawClient.plain(loopback(port.number()))) {
                      return client.send("GET / HTTP/1.0\r\n\r\n").read().status();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  },
                  Thread::startVirtualThread));
        }
        assertThat(gateway.awaitLine("serving ")).contains("https=" + port.address() + " ");
        assertThat(status(loopback(port.number()))).isEqualTo(200);
        for (CompletableFuture<Integer> client : early) {
          // The answer to plain HTTP at a TLS listener: it was accepted, none was refused.
          assertThat(client.get(60, TimeUnit.SECONDS)).isEqualTo(400);
        }
        gateway.signal("TERM");
        assertThat(gateway.await()).isZero();
        assertThat(gateway.err())
            .contains("listener https: the socket of " + port.address() + " is from systemd");
      }
    }
  }

  @Test
  void withPortZeroTheNameDecides() throws Exception {
    configure("127.0.0.1:0", "");
    try (Script gateway = launch("https", "listens")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "https");
      assertThat(Files.readString(fixture.file("port"))).isEqualTo(Integer.toString(port));
      assertThat(status(loopback(port))).isEqualTo(200);
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "web   | listens | auto | no listener has the address 127.0.0.1:%s of the socket 'web' from systemd, where clients would wait without an end",
        "https | bound   | auto | descriptor 3 of LISTEN_FDS, 'https', does not listen: a socket unit needs Accept=no",
        "https | listens | nio  | descriptor 3 of LISTEN_FDS, 'https', cannot be taken over by transport nio: set runtime.transport to epoll or auto"
      })
  void aSocketThatCannotServeEndsTheStart(
      String name, String listens, String transport, String said) throws Exception {
    configure("127.0.0.1:0", "runtime.transport = " + transport);
    try (Script gateway = launch(name, listens)) {
      assertThat(gateway.await()).isEqualTo(ExitStatus.CANNOT_BIND);
      Path port = fixture.file("port");
      assertThat(gateway.err()).contains(said.replace("%s", Files.readString(port)));
    }
  }
}
