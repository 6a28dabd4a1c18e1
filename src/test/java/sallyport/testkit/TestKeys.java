package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.certificate.SignersConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.tools.pki.Identity;

/** Key material for units that need some, opened as the gateway opens it. */
public final class TestKeys {
  public static final KeysConfig CONFIG =
      new KeysConfig(
          KeysConfig.LooseModes.REFUSE,
          Duration.ofSeconds(30),
          Duration.ZERO,
          KeysConfig.TokenAway.NOT_READY,
          KeysConfig.CrlEnded.CONTINUE,
          new SignersConfig(1, 1, Duration.ofSeconds(1)),
          List.of());

  private TestKeys() {}

  /** Writes this identity to files of the folder, and opens them. */
  public static KeyMaterial open(Identity identity, Path folder, Role role) throws IOException {
    Path chain = folder.resolve("opened.pem");
    Path key = folder.resolve("opened.key");
    identity.write(chain, key);
    ConfigLocation here = new ConfigLocation("test", 1, "here");
    try (KeyOpener opener = new KeyOpener(CONFIG, event -> {}, Clock.systemUTC())) {
      return Objects.requireNonNull(
          opener.open(
              new CertificateConfig.Pem(chain, here, key, here, null), role, new ArrayList<>()));
    }
  }
}
