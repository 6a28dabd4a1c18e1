package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.SoftHsm;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** How often a token is logged in to, as OpenSC's spy in front of its module counts. */
@OneLane("a token is logged in to before there are event loops")
class TokenLoginsIT {
  private static final String SPY = "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so";
  private static final String KEY =
      "pkcs11 { module = \"" + SPY + "\", token = sallyport, key = %s, pin.file = pin }";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @BeforeEach
  void threeReferencesToOneToken() throws Exception {
    SoftHsm hsm = SoftHsm.create();
    Identity server =
        TestPki.FRONT.issue(
            CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH));
    Identity client = TestPki.BACK.issue(CertificateRequest.of("client").usage(Usage.CLIENT_AUTH));
    hsm.store("server", "01", server);
    hsm.store("client", "02", client);
    Identity.writeCertificates(fixture.file("server.pem"), server.chain());
    Identity.writeCertificates(fixture.file("client.pem"), client.chain());
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "one")))
            .certificates("[ { chain = server.pem, " + KEY.formatted("server") + " } ]")
            .gateway(
                """
                listeners.second {
                  bind = "127.0.0.1:0"
                  tls.certificates = [ { chain = server.pem, %s } ]
                }
                """
                    .formatted(KEY.formatted("server")))
            .hocon()
            .replace(
                "certificate { chain = client.pem, key = client.key }",
                "certificate { chain = client.pem, " + KEY.formatted("client") + " }"));
  }

  private Script start(String command) throws Exception {
    return Script.start(
        fixture.folder(),
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "PKCS11SPY",
            SoftHsm.MODULE,
            "PKCS11SPY_OUTPUT",
            fixture.file("spy.log").toString()),
        command,
        "-c",
        "gateway.conf");
  }

  private long logins() throws Exception {
    Path log = fixture.file("spy.log");
    try (var lines = Files.lines(log, java.nio.charset.StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.contains("C_Login")).count();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "run"})
  void aWrongPinIsTriedOnce(String command) throws Exception {
    Secrets.write(fixture.file("pin"), "000000");
    try (Script gateway = start(command)) {
      assertThat(gateway.await()).isEqualTo(78);
      assertThat(gateway.err())
          .contains("CKR_PIN_INCORRECT")
          .contains("has refused the PIN from the file 'pin' before");
      assertThat(logins()).isEqualTo(1);
    }
  }

  @Test
  void theRightPinIsTriedOnceToo() throws Exception {
    Secrets.write(fixture.file("pin"), SoftHsm.PIN);
    try (Script gateway = start("check")) {
      gateway.await();
      assertThat(gateway.err()).doesNotContain("CKR_");
      assertThat(logins()).isEqualTo(1);
    }
  }
}
