package sallyport.config;

import java.util.List;

/** Reads where a certificate and its key are kept. */
final class CertificateReader {
  private static final String PASSPHRASE = "passphrase";

  private CertificateReader() {}

  static CertificateConfig read(ConfigReader in) {
    CertificateConfig certificate;
    if (in.has("pkcs12")) {
      certificate = pkcs12(in);
    } else if (in.has("pkcs11")) {
      certificate = pkcs11(in, in.section("pkcs11"));
    } else {
      certificate = pem(in);
    }
    in.finish();
    return certificate;
  }

  private static CertificateConfig pem(ConfigReader in) {
    return new CertificateConfig.Pem(
        in.file("chain"),
        in.location("chain"),
        in.file("key"),
        in.location("key"),
        in.has(PASSPHRASE) ? secret(in.section(PASSPHRASE)) : null);
  }

  private static CertificateConfig pkcs12(ConfigReader in) {
    return new CertificateConfig.Pkcs12(
        in.file("pkcs12"),
        in.location("pkcs12"),
        in.optionalString("alias"),
        secret(in.section(PASSPHRASE)));
  }

  private static CertificateConfig pkcs11(ConfigReader in, ConfigReader token) {
    CertificateConfig certificate =
        new CertificateConfig.Pkcs11(
            in.file("chain"),
            in.location("chain"),
            token.file("module"),
            token.string("token"),
            token.string("key"),
            secret(token.section("pin")),
            in.location("pkcs11"));
    token.finish();
    return certificate;
  }

  /** Exactly one of three places. */
  static SecretConfig secret(ConfigReader in) {
    boolean env = in.has("env");
    boolean file = in.has("file");
    boolean command = in.has("command");
    SecretConfig secret = new SecretConfig.Environment("");
    if ((env ? 1 : 0) + (file ? 1 : 0) + (command ? 1 : 0) != 1) {
      in.problem("env", "needs exactly one of env, file and command");
    } else if (env) {
      secret = new SecretConfig.Environment(in.string("env"));
    } else if (file) {
      secret = new SecretConfig.File(in.file("file"), in.location("file"));
    } else {
      List<String> line = in.strings("command");
      if (line.isEmpty()) {
        in.problem("command", "needs a program");
      } else {
        secret = new SecretConfig.Command(List.copyOf(line));
      }
    }
    in.finish();
    return secret;
  }
}
