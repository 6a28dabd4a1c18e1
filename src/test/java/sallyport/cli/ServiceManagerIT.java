package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.NotifyListener;
import sallyport.testkit.OneLane;
import sallyport.testkit.Setup;

/** The life of a process as its service manager is told of it. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class ServiceManagerIT {
  private static final String SECRET =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @Test
  void aServiceIsReadyReloadsGivesSignsOfLifeAndStops() throws Throwable {
    Path folder = fixture.folder();
    String secret =
        "session-tickets { source = derived, secrets = [ { command = [ sh, -c, \"env > '%s'; echo %s\" ] } ] }"
            .formatted(folder.resolve("environment"), SECRET);
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "one"))).tls(secret).hocon());
    String socket = folder.resolve("notify").toString();
    try (NotifyListener systemd = new NotifyListener(socket);
        Script gateway =
            Script.start(
                folder,
                Map.of(
                    "JAVA_HOME",
                    System.getProperty("java.home"),
                    "NOTIFY_SOCKET",
                    socket,
                    "WATCHDOG_USEC",
                    "1000000"),
                "run",
                "-c",
                "gateway.conf")) {
      assertThat(systemd.next()).containsExactly("STATUS=opening certificates and keys");
      List<String> ready = systemd.next();
      assertThat(ready).startsWith("READY=1", "MAINPID=" + gateway.pid()).hasSize(3);
      assertThat(ready.get(2)).startsWith("STATUS=serving http=127.0.0.1:");
      assertThat(systemd.next()).containsExactly("WATCHDOG=1");
      assertThat(Files.readString(folder.resolve("environment")))
          .contains("JAVA_HOME=")
          .doesNotContain("NOTIFY_SOCKET", "WATCHDOG_");
      gateway.signal("HUP");
      assertThat(systemd.next(line -> line.equals("RELOADING=1")).get(1))
          .startsWith("MONOTONIC_USEC=");
      assertThat(systemd.next(line -> line.equals("READY=1")))
          .containsExactly("READY=1", "STATUS=serving, the last reload was applied");
      gateway.signal("TERM");
      // 5 s of lame-duck, 1 s for the last requests, 30 s of drain-timeout, 30 s for the close.
      assertThat(systemd.next(line -> line.equals("STOPPING=1")))
          .contains("EXTEND_TIMEOUT_USEC=66000000");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }
}
