package sallyport.comply.change.tls;

import java.util.Comparator;
import java.util.List;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.certificate.CertificateConfig;

/** Protection of a stored private key; the weakest first. */
public enum KeyStorage {
  PLAIN("in a plain file"),
  ENCRYPTED("in an encrypted file"),
  TOKEN("in a token");

  private final String text;

  KeyStorage(String text) {
    this.text = text;
  }

  static KeyStorage of(CertificateConfig certificate) {
    return switch (certificate) {
      case CertificateConfig.Pem pem -> pem.passphrase() == null ? PLAIN : ENCRYPTED;
      case CertificateConfig.Pkcs12 file -> ENCRYPTED;
      case CertificateConfig.Pkcs11 token -> TOKEN;
      case CertificateConfig.Acme issued -> ENCRYPTED;
    };
  }

  /** Each key is measured by the one that it replaces, or else by the one that is kept worst. */
  public static void find(
      List<CertificateConfig> before, List<CertificateConfig> after, WeakeningList findings) {
    KeyStorage worst =
        before.stream().map(KeyStorage::of).min(Comparator.naturalOrder()).orElse(PLAIN);
    for (CertificateConfig certificate : after) {
      KeyStorage then =
          before.stream()
              .filter(old -> old.label().equals(certificate.label()))
              .map(KeyStorage::of)
              .findFirst()
              .orElse(worst);
      KeyStorage now = of(certificate);
      if (now.compareTo(then) < 0) {
        findings.changed("the key of " + certificate.label(), then.text, now.text);
      }
    }
  }
}
