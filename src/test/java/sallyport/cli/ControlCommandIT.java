package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** Commands to a running gateway, as processes: what they print and how they end. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class ControlCommandIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private record Result(int status, String out, String err) {}

  private Result run(String... words) throws Exception {
    try (Script command = Script.start(fixture.folder(), words)) {
      String out = command.out();
      return new Result(command.await(), out, command.err());
    }
  }

  @Test
  void anOperatorsDay() throws Exception {
    Origin one = fixture.origin(r -> r.reply(200, "one"));
    Origin two = fixture.origin(r -> r.reply(200, "two"));
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, Setup.to(one, two).hocon());
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "admin");
      String url = "http://127.0.0.1:" + port;

      Result status = run("status", "--url", url);
      assertThat(status.status()).as(status.err()).isZero();
      assertThat(status.out())
          .startsWith("sallyport ")
          .contains(", ready, up for ", "app", one.address(), "in service", "DAYS LEFT");
      assertThat(status.err()).isEmpty();
      assertThat(run("status", "--format", "json", "--url", url + "/").out())
          .startsWith("{\n  \"format\": 1,");

      Result drained = run("drain", one.address(), "--reason", "new disk & fan", "--url=" + url);
      assertThat(drained)
          .isEqualTo(
              new Result(0, "app/" + one.address() + ": drained; requests in progress: 0\n", ""));
      gateway.awaitError("\"reason\":\"new disk & fan\"");
      Result last = run("drain", two.address(), "--url", url);
      assertThat(last.status()).isEqualTo(1);
      assertThat(last.out()).isEmpty();
      assertThat(last.err()).contains("no other endpoint", "force");
      assertThat(run("drain", two.address(), "--force", "--url", url).status()).isZero();
      assertThat(run("undrain", "app/" + two.address(), "--url", url).out())
          .isEqualTo("app/" + two.address() + ": takes requests again\n");
      assertThat(run("drain", "off", "--url", url).out())
          .isEqualTo("app/" + one.address() + ": takes requests again\n");
      Result unknown = run("undrain", "nowhere:1", "--url", url);
      assertThat(unknown.status()).isEqualTo(1);
      assertThat(unknown.err())
          .contains("there is no endpoint 'nowhere:1'", "app/" + one.address());

      assertThat(run("reload", "--url", url).out()).startsWith("configuration: unchanged\n");
      Files.writeString(file, Setup.to(one, two).gateway("access-log.query = true").hocon());
      Result refused = run("reload", "--url", url);
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err()).contains("access-log: query off -> on");
      Result allowed = run("reload", "--allow-weaken", "an incident: 4711", "--url", url);
      assertThat(allowed.status()).isZero();
      assertThat(allowed.out()).contains("less strict: access-log: query off -> on");
      gateway.awaitError("\"reason\":\"an incident: 4711\"");

      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      Result gone = run("status", "--url", url);
      assertThat(gone.status()).isEqualTo(69);
      assertThat(gone.err()).startsWith("no gateway answers at 127.0.0.1:" + port);
    }
  }

  /** The commands of the page, with the names of this test; they find the address in the file. */
  @Test
  void theCommandsOfThePageAreDone() throws Exception {
    Origin one = fixture.origin(r -> r.reply(200, "one"));
    Origin two = fixture.origin(r -> r.reply(200, "two"));
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, Setup.to(one, two).hocon());
    List<String> commands = new ArrayList<>();
    commands.addAll(PageCommands.of("observability.md", "bin/sallyport status"));
    commands.addAll(PageCommands.of("observability.md", "bin/sallyport reload"));
    commands.addAll(PageCommands.of("observability.md", "bin/sallyport drain"));
    commands.addAll(PageCommands.of("observability.md", "bin/sallyport undrain"));
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "admin");
      // Another file that knows the port, which the running one has asked the system for.
      Path asked = Files.createDirectories(fixture.file("conf")).resolve("gateway.conf");
      Files.writeString(asked, "gateway.admin.bind = \"127.0.0.1:" + port + "\"");
      for (String command : commands) {
        PageCommands.run(
            fixture.folder(),
            command
                .replace("bin/sallyport", Script.ROOT.resolve("bin/sallyport").toString())
                .replace("legacy/10.0.0.5:9443", "app/" + one.address()));
      }
      assertThat(run("status").out()).doesNotContain("drained");
    }
  }

  @Test
  void aConfigurationWithoutAnAddressIsABadOne() throws Exception {
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, "gateway.admin.bind = nowhere");
    Result result = run("status", "-c", "gateway.conf");
    assertThat(result.status()).isEqualTo(78);
    assertThat(result.err()).contains("'nowhere' is no address that can be asked");
  }
}
