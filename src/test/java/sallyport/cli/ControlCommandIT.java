package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;

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

  private static boolean isForMutualTls(String command) {
    return command.contains("--certificate");
  }

  private static String here(String command) {
    return command.replace("bin/sallyport", Script.ROOT.resolve("bin/sallyport").toString());
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
    commands.removeIf(ControlCommandIT::isForMutualTls);
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "admin");
      // Another file that knows the port, which the running one has asked the system for.
      Path asked = Files.createDirectories(fixture.file("conf")).resolve("gateway.conf");
      Files.writeString(asked, "gateway.admin.bind = \"127.0.0.1:" + port + "\"");
      for (String command : commands) {
        PageCommands.run(
            fixture.folder(),
            here(command).replace("legacy/10.0.0.5:9443", "app/" + one.address()));
      }
      assertThat(run("status").out()).doesNotContain("drained");
    }
  }

  // ---- mutual TLS

  private static final String MUTUAL =
      """
      admin.control {
        bind = "127.0.0.1:0"
        tls {
          certificates = [ { chain = control.pem, key = control.key } ]
          client-auth { mode = required, trust = clients-ca.pem }
        }
        roles { read = [ "dns:reader.test" ], operate = [ "dns:operator.test" ] }
      }
      """;

  /** Writes {@code NAME.pem} and {@code NAME.key}, and returns the options that name them. */
  private List<String> identity(String name, CertificateAuthority authority) throws Exception {
    authority
        .issue(CertificateRequest.of(name).dns(name + ".test").usage(CLIENT_AUTH))
        .write(fixture.file(name + ".pem"), fixture.file(name + ".key"));
    return List.of("--certificate", name + ".pem", "--key", name + ".key");
  }

  /** Runs a command with options for TLS. */
  private Result ask(List<String> options, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(options);
    return run(all.toArray(String[]::new));
  }

  private static List<String> and(List<String> options, String... more) {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void underMutualTlsACertificateMayWhatItsRoleMay() throws Exception {
    Origin one = fixture.origin(r -> r.reply(200, "one"));
    Origin two = fixture.origin(r -> r.reply(200, "two"));
    TestPki.FRONT
        .issue(CertificateRequest.of("control").dns("localhost").usage(SERVER_AUTH))
        .write(fixture.file("control.pem"), fixture.file("control.key"));
    Files.writeString(fixture.file("gateway.conf"), Setup.to(one, two).gateway(MUTUAL).hocon());
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "admin.control");
      // Another file that knows the port, which the running one has asked the system for.
      Files.writeString(
          fixture.file("asked.conf"),
          "gateway.admin.control { bind = \"localhost:" + port + "\", tls {} }");
      List<String> here = List.of("-c", "asked.conf", "--ca", "ca.pem");
      List<String> operator = and(here, identity("operator", TestPki.USERS).toArray(String[]::new));
      List<String> reader = and(here, identity("reader", TestPki.USERS).toArray(String[]::new));
      List<String> other = and(here, identity("other", TestPki.STRANGERS).toArray(String[]::new));

      Result status = ask(reader, "status");
      assertThat(status.status()).as(status.err()).isZero();
      assertThat(status.out()).startsWith("sallyport ").contains("in service");
      Result refused = ask(reader, "drain", one.address());
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .isEqualTo("your certificate has no role for this (admin.control.roles)\n");
      gateway.awaitError("\"event\":\"control-refused\"");
      assertThat(ask(operator, "drain", one.address()).out()).contains("drained");
      assertThat(ask(operator, "undrain", one.address()).out()).contains("takes requests again");
      gateway.awaitError("CN=operator");

      Result without = ask(here, "status");
      assertThat(without.status()).isEqualTo(1);
      assertThat(without.err())
          .startsWith("the gateway at localhost:" + port + " refuses: it wants a certificate: ")
          .contains("--certificate FILE and --key FILE")
          .hasLineCount(1);
      Result stranger = ask(other, "status");
      assertThat(stranger.status()).isEqualTo(1);
      assertThat(stranger.err()).contains(" refuses: it ").hasLineCount(1);

      Result untrusted = ask(identity("operator", TestPki.USERS), "status", "-c", "asked.conf");
      assertThat(untrusted.status()).isEqualTo(69);
      assertThat(untrusted.err())
          .contains("its certificate is not trusted", "--ca")
          .hasLineCount(1);
      Result otherName = ask(operator, "status", "--url", "https://127.0.0.1:" + port);
      assertThat(otherName.status()).isEqualTo(69);
      assertThat(otherName.err()).contains("its certificate is not trusted", "127.0.0.1");

      // Those of the page, which name no file of the configuration.
      TestPki.USERS
          .issue(CertificateRequest.of("oncall").dns("operator.test").usage(CLIENT_AUTH))
          .write(fixture.file("oncall.pem"), fixture.file("oncall.key"));
      Files.copy(
          fixture.file("asked.conf"),
          Files.createDirectories(fixture.file("conf")).resolve("gateway.conf"));
      List<String> commands =
          new ArrayList<>(PageCommands.of("observability.md", "bin/sallyport status"));
      commands.addAll(PageCommands.of("observability.md", "bin/sallyport reload"));
      commands.removeIf(command -> !isForMutualTls(command));
      assertThat(commands).hasSize(2);
      for (String command : commands) {
        PageCommands.run(
            fixture.folder(),
            here(command).replace("gateway-1.clinic.example:9902", "localhost:" + port));
      }

      Files.setPosixFilePermissions(
          fixture.file("operator.key"), PosixFilePermissions.fromString("rw-r-----"));
      Result loose = ask(operator, "status");
      assertThat(loose.status()).isEqualTo(78);
      assertThat(loose.err()).contains("'operator.key' has the mode rw-r-----", "chmod 600");
      Result misfit =
          ask(and(here, "--certificate", "operator.pem", "--key", "reader.key"), "status");
      assertThat(misfit.status()).isEqualTo(78);
      assertThat(misfit.err()).contains("the key does not fit the certificate");
      assertThat(ask(and(here, "--key", "reader.key"), "status").status()).isEqualTo(64);
      Result plain = ask(List.of("--url", "http://127.0.0.1:1", "--ca", "ca.pem"), "status");
      assertThat(plain.status()).isEqualTo(64);
      assertThat(plain.err()).contains("--ca is for control under TLS");
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
