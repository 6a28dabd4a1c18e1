package sallyport.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.read.Problems;

/** Checks of ACME accounts, their certificates and the listeners together. */
final class AcmeChecks {
  private AcmeChecks() {}

  static void together(GatewayConfig gateway, Problems problems) {
    Set<Path> folders = new HashSet<>();
    for (AcmeConfig account : gateway.acme().values()) {
      if (!folders.add(account.folder().toAbsolutePath().normalize())) {
        problems.add(
            account.location().child("store"),
            "another account has the same directory and store: use that one, or another store");
      }
    }
    boolean plain = gateway.listeners().values().stream().anyMatch(AcmeChecks::answersHttp01);
    boolean secure = !gateway.tlsListeners().isEmpty();
    Map<Path, CertificateConfig.Acme> files = new HashMap<>();
    for (CertificateConfig.Acme certificate : gateway.issued()) {
      check(certificate, plain, files, problems);
      if (certificate.account().challenge() == AcmeConfig.Challenge.TLS_ALPN_01 && !secure) {
        problems.add(
            certificate.location(),
            "the account proves names by tls-alpn-01, which needs a listener with tls");
      }
    }
  }

  private static boolean answersHttp01(ListenerConfig listener) {
    return switch (listener) {
      case ListenerConfig.Redirect redirect -> true;
      case ListenerConfig.Http proxy -> false;
      case ListenerConfig.Streams streams -> false;
    };
  }

  private static void check(
      CertificateConfig.Acme certificate,
      boolean plain,
      Map<Path, CertificateConfig.Acme> files,
      Problems problems) {
    if (certificate.account().challenge() == AcmeConfig.Challenge.HTTP_01 && !plain) {
      problems.add(
          certificate.location(),
          "the account proves names by http-01, which needs a listener with redirect-to");
    }
    CertificateConfig.Acme other = files.putIfAbsent(certificate.file(), certificate);
    if (other != null && !other.names().equals(certificate.names())) {
      problems.add(
          certificate.location(),
          "another certificate of this account begins with the same name, but has other names");
    }
  }
}
